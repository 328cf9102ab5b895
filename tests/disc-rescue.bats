#!/usr/bin/env bats
# gp-disc rescue: what a damaged disc still gives comes back, proved, and what it
# does not give is named.
# shellcheck disable=SC2119,SC2120
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper
load pack.bash

setup() {
	pack_setup
	PATH=$TESTS/../pipelines:$PATH
	loop=
}

teardown() {
	[ ! -e "/dev/mapper/gp-test-$$" ] || dmsetup remove "gp-test-$$"
	[ -z "$loop" ] || losetup --detach "$loop"
	common_teardown
}

# one [PARITY]: the sample album on one disc that is good and archived, all that
# was kept of it here gone; its image is disc.iso. Made once for all tests.
one() {
	local made=$BATS_FILE_TMPDIR/parity-${1:-20}
	if [ ! -e "$made" ]; then
		album >unpacked
		gp-pack --capacity 20M --flush --parity "${1:-20}" <unpacked | jq -c 'select(.disc)' |
			gp-index --packed >"$GP_ARCHIVE/packed"
		cp "$burn/GP-0001.iso" "$GP_ARCHIVE/disc.iso"
		gp-disc verify GP-0001 "$GP_ARCHIVE/disc.iso"
		gp-disc archive GP-0001
		cp -a "$GP_ARCHIVE" "$made"
	fi
	rm -rf "$GP_ARCHIVE"
	cp -a "$made" "$GP_ARCHIVE"
	mv "$GP_ARCHIVE/packed" "$GP_ARCHIVE/disc.iso" .
	photos=$(wc -l <packed)
	on_disc=$(jq -r 'select(.filename == "IMG_0002.jpg").discPath' packed)
	path=$(jq -r 'select(.filename == "IMG_0002.jpg").path' packed)
}

# zero SECTOR [COUNT]
zero() {
	dd if=/dev/zero of=disc.iso bs=2048 seek="$1" count="${2:-1}" conv=notrunc status=none
}

# flip SECTOR: one byte in it
flip() {
	printf '\xa5' | dd of=disc.iso bs=1 seek=$(($1 * 2048 + 77)) conv=notrunc status=none
}

# bad_in_archive: paths that are not as the index has them
bad_in_archive() {
	gp-index --export | gp-hash --check 2>/dev/null | jq -r 'select(.check != "ok").path'
}

# drive FLAG...: ddrescue from now on has these flags too. With --test-mode=MAP
# it finds the sectors unreadable that MAP says are.
drive() {
	local real
	real=$(PATH=${PATH#"$PWD/drive:"} command -v ddrescue)
	mkdir -p drive
	printf '#!/bin/sh\nexec %s %s "$@"\n' "$real" "$*" >drive/ddrescue
	chmod +x drive/ddrescue
	[[ $PATH == "$PWD/drive:"* ]] || PATH=$PWD/drive:$PATH
}

# unreadable SECTOR COUNT: these can't be read from disc.iso
unreadable() {
	local bytes
	bytes=$(stat -c %s disc.iso)
	printf '0x0 + 1\n0x0 0x%x +\n0x%x 0x%x -\n0x%x 0x%x +\n' $(($1 * 2048)) $(($1 * 2048)) $(($2 * 2048)) \
		$((($1 + $2) * 2048)) $((bytes - ($1 + $2) * 2048)) >bad.map
	drive --test-mode="$PWD/bad.map"
}

# kept: what is kept of a rescue in the archive
kept() {
	find "$GP_ARCHIVE/.gp/rescue" -name 'image.iso' | wc -l
}

@test "rescue: the archive has all: nothing is brought, the damage is told" {
	long_only
	one
	flip "$(sector_of disc.iso "$on_disc")"
	run -0 gp-disc rescue disc.iso
	has "$output" "the archive has all its $photos photos"
	has "$output" "1 of $photos photos are damaged on the disc itself"
	same "$((photos - 1))" "$(gp-index --export | jq -r 'select(.copies["GP-0001"]?).id' | wc -l)"
	same 0 "$(kept)"
}

@test "rescue: a flipped byte on the disc, the archive's file rotten: mended, the bad bytes kept aside" {
	one
	flip $(($(sector_of disc.iso "$on_disc") + 3))
	printf rot | dd of="$GP_ARCHIVE/$path" bs=1 seek=100 conv=notrunc status=none
	cp "$GP_ARCHIVE/$path" rotten
	run -0 gp-disc rescue "stdio:$PWD/disc.iso"
	has "$output" "archive: $path: mended from GP-0001, and proved"
	has "$output" "the archive lacked 1 of its $photos photos: 1 are back"
	same "" "$(bad_in_archive)"
	cmp rotten "$(find "$GP_ARCHIVE/.gp/quarantine" -type f)"
	same 1 "$(sqlite3 "$GP_ARCHIVE/.gp/index.db" "SELECT count(*) FROM event WHERE kind = 'healed'")"
	same 0 "$(kept)"
	gp-index --check
}

@test "rescue: an archive, an image and folders of odd names" {
	long_only
	one
	zero "$(sector_of disc.iso "$on_disc")" 2
	local odd="odd [a] *\$x '\"\\ ?"
	mv "$GP_ARCHIVE" "$odd"
	mv disc.iso "$odd.iso"
	export GP_ARCHIVE=$PWD/$odd
	rm "$odd/$path"
	run -0 gp-disc rescue "$odd.iso"
	has "$output" "mended from GP-0001"
	same "" "$(bad_in_archive)"
	run -0 gp-disc -C "$PWD/none" rescue "$odd.iso" "$odd to"
	has "$output" "$photos of $photos photos are good"
	run -2 gp-disc -C "$PWD/none" rescue "$odd.iso" "two"$'\n'"lines"
	has "$output" "choose another name"
}

@test "rescue: all folders lost: sectors zeroed, the end of the image cut off" {
	long_only
	one
	zero "$(sector_of disc.iso "$on_disc")" 4
	zero "$(sector_of disc.iso data/2024/2024-05/IMG_0003.heic)"
	rm -r "$GP_ARCHIVE"/ezra-co-*
	# amid the recovery data
	local vol
	vol=$(xorriso -indev stdio:disc.iso -find /parity -name 'set-001.vol*' 2>/dev/null | tr -d "'")
	truncate -s $((($(sector_of disc.iso "${vol#/}") + 12) * 2048)) disc.iso
	run -0 gp-disc rescue disc.iso
	has "$output" "the archive lacked $photos of its $photos photos: $photos are back"
	same "" "$(bad_in_archive)"
	gp-index --check
}

@test "rescue: unreadable sectors: counted, and made up for by the recovery data" {
	one
	unreadable "$(sector_of disc.iso "$on_disc")" 5
	rm "$GP_ARCHIVE/$path"
	run -0 gp-disc rescue disc.iso
	has "$output" "5 sectors of 2048 bytes can't be read"
	has "$output" "mended from GP-0001"
	same "" "$(bad_in_archive)"
}

@test "rescue: a device with bad sectors" {
	[ "$(id -u)" -eq 0 ] && dmsetup targets 2>/dev/null | grep -q '^error' ||
		skip "needs a device mapper with an error target"
	one
	rm "$GP_ARCHIVE/$path"
	local at sectors
	at=$(($(sector_of disc.iso "$on_disc") * 4))
	sectors=$(($(stat -c %s disc.iso) / 512))
	loop=$(losetup --find --show --read-only disc.iso) || skip "needs a loop device"
	printf '0 %d linear %s 0\n%d 8 error\n%d %d linear %s %d\n' "$at" "$loop" "$at" \
		$((at + 8)) $((sectors - at - 8)) "$loop" $((at + 8)) | dmsetup create gp-test-$$ ||
		skip "needs a device mapper that makes devices"
	run -0 gp-disc rescue /dev/mapper/gp-test-$$
	has "$output" "2 sectors of 2048 bytes can't be read"
	same "" "$(bad_in_archive)"
}

@test "rescue: killed while it reads, it goes on from where it was" {
	long_only
	one
	zero "$(sector_of disc.iso "$on_disc")"
	rm "$GP_ARCHIVE/$path"
	local at=$GP_ARCHIVE/.gp/rescue/GP-0001
	drive --max-read-rate=20Ki --mapfile-interval=1
	group_start gp-disc rescue disc.iso
	# more than the sectors of IMG_0001.jpg
	came() { (($(sed -n 's/^0x0* *\(0x[0-9A-F]*\) *+$/\1/p' "$at/map" 2>/dev/null | head -n 1) + 0 > (50 + 20) * 2048)); }
	wait_for came
	group_kill
	[ "$(stat -c %s "$at/image.iso")" -lt "$(stat -c %s disc.iso)" ]
	# what was read is not asked for once more: it got worse since
	zero 50
	same 50 "$(sector_of disc.iso data/2024/2024-05/IMG_0001.jpg)"
	drive
	run -0 gp-disc rescue disc.iso --label GP-0001
	has "$output" "going on with what was rescued before"
	has "$output" "1 of $photos photos are damaged on the disc itself"
	same "" "$(bad_in_archive)"
}

@test "rescue: killed anywhere, it goes on" {
	long_only
	one
	zero "$(sector_of disc.iso "$on_disc")"
	rm "$GP_ARCHIVE/$path"
	local n
	for n in 0.1 0.3 0.6 1 1.5; do killed "$n" gp-disc rescue disc.iso; done
	killed_some
	run -0 gp-disc rescue disc.iso
	same "" "$(bad_in_archive)"
	gp-index --check
}

@test "rescue: a map that was cut as it was written is no end" {
	long_only
	one
	unreadable "$(sector_of disc.iso "$on_disc")" 200
	rm "$GP_ARCHIVE/$path"
	run -1 gp-disc rescue disc.iso
	: >"$GP_ARCHIVE/.gp/rescue/GP-0001/map"
	drive
	run -0 gp-disc rescue disc.iso
	same "" "$(bad_in_archive)"
}

@test "rescue: damage above the parity: what is lost is named; a second disc makes it good" {
	long_only
	one 5
	cp disc.iso second.iso
	zero "$(sector_of disc.iso "$on_disc")" 20
	rm "$GP_ARCHIVE/$path"
	unreadable "$(sector_of disc.iso "$on_disc")" 20
	run -1 gp-disc rescue disc.iso
	has "$output" "LOST on this disc: $on_disc ($path, taken 2024-05-01, album Ezra & <Co>)"
	has "$output" "the archive lacked 1 of its $photos photos: 0 are back"
	same "$path" "$(bad_in_archive)"
	same 1 "$(kept)"
	drive
	run -0 gp-disc rescue second.iso
	has "$output" "mended from GP-0001"
	same "" "$(bad_in_archive)"
	same 0 "$(kept)"
}

@test "rescue: what the archive still has helps to repair what it has not" {
	long_only
	one 5
	local other=data/2024/2024-05/IMG_0001.jpg
	zero "$(sector_of disc.iso "$on_disc")" 2
	zero "$(sector_of disc.iso "$other")" 8
	rm "$GP_ARCHIVE/$path"
	run -0 gp-disc rescue disc.iso
	has "$output" "2 of $photos photos are damaged on the disc itself"
	same "" "$(bad_in_archive)"
	# by a link to it, which is gone; the file itself is not
	same 0 "$(find "$GP_ARCHIVE/.gp/rescue" -type l | wc -l)"
}

@test "rescue: without an index: the whole disc into a folder, proved by its own list" {
	long_only
	one
	zero "$(sector_of disc.iso "$on_disc")" 2
	zero "$(sector_of disc.iso manifest-sha256.txt)"
	zero "$(sector_of disc.iso thumbs/000002.jpg)"
	mkdir away
	cd away
	run -0 gp-disc -C "$PWD/none" rescue ../disc.iso
	has "$output" "$photos of $photos photos are good, in $PWD/GP-0001"
	has "$output" "2 other files were damaged"
	(cd GP-0001 && sha256sum --check --quiet --strict manifest-sha256.txt)
	same "$photos" "$(find GP-0001/data -type f | wc -l)"
	[ -s GP-0001/index.html ]
	[ ! -e none ]
	[ ! -e GP-0001/rescue/image.iso ]
	# and once more into a folder that is named, a set of lists lost
	run -0 gp-disc -C "$PWD/none" rescue ../disc.iso "$PWD/my photos"
	same "$photos" "$(find "my photos/data" -type f | wc -l)"
}

@test "rescue: without an index: what is lost is named with its album and lies apart" {
	long_only
	one 5
	zero "$(sector_of disc.iso "$on_disc")" 20
	mkdir away
	cd away
	run -1 gp-disc -C "$PWD/none" rescue ../disc.iso here
	has "$output" "LOST on this disc: $on_disc (taken 2024-05-01, album Ezra & <Co>)"
	has "$output" "$((photos - 1)) of $photos photos are good"
	[ -s "here/damaged/$on_disc" ]
	[ ! -e "here/$on_disc" ]
	same "$((photos - 1))" "$(find here/data -type f | wc -l)"
	[ -s here/rescue/image.iso ]
}

@test "rescue: a disc whose directories are lost" {
	long_only
	one
	rm "$GP_ARCHIVE/$path"
	cp disc.iso whole.iso
	# each sector before the first file, alone: one of the trees is left, or
	# what was noted when the disc was good
	local n first
	first=$(xorriso -indev stdio:disc.iso -find / -type f -exec report_lba -- 2>/dev/null |
		sed -n 's/^File data lba: *0 , *\([0-9]*\) .*/\1/p' | sort -n | head -n 1)
	mkdir away
	for n in ${GP_LONG:+$(seq 17 $((first - 1)))} 16 21 24; do
		cp whole.iso disc.iso
		zero "$n"
		run -0 gp-disc -C "$PWD/none" rescue disc.iso "away/$n" --label GP-0001
		same "$photos" "$(find "away/$n/data" -type f | wc -l)" "sector $n"
	done
	zero 16 $((first - 16))
	run -1 gp-disc -C "$PWD/none" rescue disc.iso away/all --label GP-0001
	has "$output" "nothing tells any more where its files lie"
	run -0 gp-disc rescue disc.iso --label GP-0001
	has "$output" "mended from GP-0001"
	same "" "$(bad_in_archive)"
}

@test "rescue: each file of the recovery data alone may be lost" {
	long_only
	one
	zero "$(sector_of disc.iso "$on_disc")"
	zero "$(sector_of disc.iso parity/set-001.par2)" 2
	rm "$GP_ARCHIVE/$path"
	run -0 gp-disc rescue disc.iso
	same "" "$(bad_in_archive)"
}

@test "rescue: no disc, another disc, no name, a folder, no ddrescue: said" {
	one
	run -3 gp-disc rescue /dev/no-such-drive
	has "$output" "insert it, then: gp-disc rescue /dev/no-such-drive"
	run -3 gp-disc rescue disc.iso --label GP-0002
	has "$output" "that is GP-0001: insert GP-0002"
	run -2 gp-disc rescue "$GP_ARCHIVE"
	has "$output" "is a folder"
	zero 16
	run -2 gp-disc rescue disc.iso
	has "$output" "--label LABEL"
	run -2 gp-disc rescue disc.iso --label ../x
	mkdir without
	ln -s /usr/bin/* without/
	rm without/ddrescue
	PATH=$GP_BIN:$TESTS/../pipelines:$PWD/without run -2 gp-disc rescue disc.iso
	has "$output" "apt install gddrescue"
	same 0 "$(find "$GP_ARCHIVE/.gp" -name image.iso | wc -l)"
}
