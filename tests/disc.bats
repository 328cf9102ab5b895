#!/usr/bin/env bats
# gp-disc: a disc counts as a copy only when all of it was read and is good.
# shellcheck disable=SC2119,SC2120
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper
load pack.bash

setup() {
	pack_setup
	PATH=$TESTS/../pipelines:$PATH
}

# one: the sample album on one disc, built and noted; its image copied to disc.iso
one() {
	album >unpacked
	gp-pack --capacity 20M --flush --parity 5 <unpacked | jq -c 'select(.disc)' |
		gp-index --packed >packed
	photos=$(wc -l <packed)
	cp "$burn/GP-0001.iso" disc.iso
}

state() {
	gp-index --stats | jq -r --arg l "${1:-GP-0001}" '.discs[] | select(.label == $l).state'
}

# a photo's path on the disc
photo() {
	jq -r 'select(.filename == "IMG_0002.jpg").discPath' packed
}

@test "gp-disc verify: a good disc is proved, photo by photo, and verified" {
	one
	run -0 gp-disc status
	has "$output" "GP-0001  built  $photos files  never read  insert a blank disc: gp-disc burn --label GP-0001"
	run -0 --separate-stderr gp-disc verify GP-0001 stdio:disc.iso
	has "$stderr" "all $photos photos are good"
	same verified "$(state)"
	same "$photos" "$(proofs GP-0001)"
	# the sum of the image was enough: xorriso did not read it once more
	[ ! -e "$GP_ARCHIVE/.gp/discs/GP-0001/sectors" ]
	run -0 gp-disc status
	has "$output" "verified  $photos files  read $(sqlite3 "$GP_ARCHIVE/.gp/index.db" "SELECT date(min(proved), 'unixepoch') FROM copy WHERE copy = 'GP-0001'"), again by 20"
	run -0 gp-disc verify GP-0001 disc.iso
}

@test "gp-disc verify: names with quotes, brackets, blanks and dollars" {
	long_only
	local name
	mkdir names
	for name in "Ezra's day.jpg" "It's Ezra's.jpg" 'a "b" $x.jpg' '[1]*?.jpg' 'a`b.jpg' '#50%.jpg' 'tab	x.jpg' 'x\y.jpg' '<b>&amp;.jpg'; do
		printf '%s' "$name" >"names/$name"
	done
	gp-list --album "Ezra's" "dir:$PWD/names" | gp-index --new | gp-fetch | gp-hash | gp-index --record >stored
	gp-index --export --unpacked | gp-pack --capacity 20M --flush --parity 5 | gp-index --packed >packed
	proved GP-0001
	cp "$burn/GP-0001.iso" disc.iso
	run -0 gp-disc verify GP-0001 disc.iso
	has "$output" "all 9 photos are good"
	mkdir away
	cd away
	run -0 gp-disc -C "$PWD/none" verify GP-0001 ../disc.iso
	run -0 gp-disc verify GP-0001 GP-0001-proof.ndjson
	# and the way back
	run -0 gp-disc -C "$PWD/none" rescue ../disc.iso
	has "$output" "9 of 9 photos are good"
}

@test "gp-disc verify: what waits to be burned is no disc" {
	long_only
	one
	for own in "$burn/GP-0001.iso" "$burn/GP-0001"; do
		run -0 gp-disc verify GP-0001 "$own"
		has "$output" "no proof of one"
		same built "$(state)"
		same 0 "$(proofs GP-0001)"
	done
}

@test "gp-disc verify: a flipped byte fails the disc, names the photo, and offers the files again" {
	one
	printf X | dd of=disc.iso bs=1 seek=$(($(sector_of "$burn/GP-0001.iso" "$(photo)") * 2048 + 5)) conv=notrunc status=none
	run -1 gp-disc verify GP-0001 disc.iso
	has "$output" "$(photo): mismatch (ezra-co-"
	has "$output" "taken 2024-05"
	has "$output" "1 of $photos photos are damaged"
	same failed "$(state)"
	same 0 "$(proofs GP-0001)"
	same "$photos" "$(gp-index --export --unpacked | wc -l)"
	run -1 gp-disc verify GP-0001 disc.iso
	same failed "$(state)"
}

@test "gp-disc verify: damage outside of the photos is seen too" {
	one
	dd if=/dev/zero of=disc.iso bs=2048 seek="$(sector_of "$burn/GP-0001.iso" index.html)" count=1 conv=notrunc status=none
	run -1 gp-disc verify GP-0001 disc.iso
	has "$output" "0 of $photos photos are damaged"
	has "$output" "1 other files are damaged"
	same failed "$(state)"
}

# no_root DESCRIPTOR: the directory in which the tree of this volume descriptor
# begins is zeros in disc.iso; 16 is of Rock Ridge's, 17 of Joliet's. Where it lies:
# ECMA-119, 8.4.18 and 9.1.3.
no_root() {
	dd if=/dev/zero of=disc.iso bs=2048 count=1 conv=notrunc status=none \
		seek="$(od -An -tu4 -j $(($1 * 2048 + 158)) -N 4 disc.iso | tr -d ' ')"
}

@test "gp-disc verify: a directory that is gone, an image that is cut" {
	one
	cp disc.iso cut.iso
	cp disc.iso short.iso
	# the other tree knows where the photos are
	no_root 16
	run -1 gp-disc verify GP-0001 disc.iso
	has "$output" "0 of $photos photos are damaged"
	has "$output" "sectors are bad"
	same failed "$(state)"
	no_root 17
	run -1 gp-disc verify GP-0001 disc.iso
	has "$output" "$(photo): missing"
	has "$output" " $photos of $photos photos are damaged"
	truncate -s $(($(sector_of "$burn/GP-0001.iso" "$(photo)") * 2048 + 2048)) cut.iso
	run -1 gp-disc verify GP-0001 cut.iso
	has "$output" "$(photo): unreadable"
	has_not "$output" " 0 of $photos photos are damaged"
	# by the last sector, in which no file lies
	truncate -s -2048 short.iso
	run -1 gp-disc verify GP-0001 short.iso
	has "$output" "0 of $photos photos are damaged"
	has "$output" "sectors are bad"
	same 0 "$(proofs GP-0001)"
}

@test "gp-disc verify: another disc, no disc, an unknown label: said, and nothing is lost" {
	one
	sed 's/GP-0001/GP-0009/g' disc.iso >other.iso
	run -3 gp-disc verify GP-0001 other.iso
	has "$output" "that is GP-0009: insert GP-0001"
	run -3 gp-disc verify GP-0001 stdio:nothing
	has "$output" "insert GP-0001"
	run -2 gp-disc verify GP-0002 disc.iso
	has "$output" "no such disc"
	run -2 gp-disc verify ../x disc.iso
	same built "$(state)"
}

# others: a disc of the same label, with other photos, from another archive
others() {
	mkdir -p away/photos
	echo "not ours" >away/photos/IMG_9.jpg
	(
		export GP_ARCHIVE=$PWD/away/archive
		archive_new
		gp-list --album Them "dir:$PWD/away/photos" | gp-index --new | gp-fetch | gp-hash | gp-index --record >/dev/null
		gp-index --export --unpacked | gp-pack --capacity 20M --flush --parity 5 >/dev/null
		cp "$GP_ARCHIVE/burn/GP-0001.iso" others.iso
	)
}

@test "gp-disc: a disc of the same label of another archive says nothing of ours" {
	long_only
	local at other
	one
	at=$(sector_of "$burn/GP-0001.iso" "$(photo)")
	others
	mkdir folder
	bsdtar xf others.iso -C folder
	chmod -R u+w folder # so that it can be removed by others than root
	for other in others.iso folder; do
		run -3 gp-disc verify GP-0001 "$other"
		has "$output" "that is a GP-0001 of another archive: insert that of $GP_ARCHIVE"
		same built "$(state)"
	done
	run -0 gp-disc -C "$PWD/none" verify GP-0001 others.iso
	run -2 gp-disc verify GP-0001 GP-0001-proof.ndjson
	has "$output" "tells of a GP-0001 of another archive"
	same built "$(state)"
	run -0 gp-disc verify GP-0001 disc.iso
	run -0 gp-disc archive GP-0001
	run -3 gp-disc verify GP-0001 others.iso
	same "$photos" "$(proofs GP-0001)"
	run -3 gp-disc rescue others.iso
	has "$output" "of another archive"
	same "$photos" "$(proofs GP-0001)"
	run -0 gp-disc rescue disc.iso
	# nor does it go amid the sectors of ours
	dd if=/dev/zero of=disc.iso bs=2048 seek="$at" count=20 conv=notrunc status=none
	rm "$GP_ARCHIVE/$(jq -r 'select(.filename == "IMG_0002.jpg").path' packed)"
	run -1 gp-disc rescue disc.iso
	run -3 gp-disc rescue others.iso
	has "$output" "is another disc than that which was being rescued"
	cmp disc.iso "$GP_ARCHIVE/.gp/rescue/GP-0001/image.iso"
}

@test "gp-disc: while one is at work, another touches nothing" {
	one
	local at=$GP_ARCHIVE/.gp/discs/GP-0001 fd
	mkdir -p "$at" GP-0001-check
	echo "of the one at work" | tee "$at/sectors" >GP-0001-check/sectors
	exec {fd}>>"$GP_ARCHIVE/.gp/disc.lock"
	flock "$fd"
	for words in "verify GP-0001 disc.iso" "archive GP-0001" "burn stdio:$PWD/m" build; do
		# shellcheck disable=SC2086 # words
		run -2 gp-disc $words
		has "$output" "another gp-disc is at work"
	done
	exec {fd}>>GP-0001-check/lock
	flock "$fd"
	run -2 gp-disc -C "$PWD/none" verify GP-0001 disc.iso
	has "$output" "another gp-disc is at work in $PWD/GP-0001-check"
	[ -s "$at/sectors" ]
	[ -s GP-0001-check/sectors ]
	[ ! -e m ]
	same built "$(state)"
}

@test "gp-disc verify: on another computer, the proof is carried back" {
	one
	mkdir away
	cd away
	run -0 gp-disc -C "$PWD/none" verify GP-0001 ../disc.iso
	has "$output" "take GP-0001-proof.ndjson to"
	[ ! -e none ]
	run -0 gp-disc verify GP-0001 GP-0001-proof.ndjson
	same verified "$(state)"
	same "$photos" "$(proofs GP-0001)"
	# one that tells of less than is on the disc proves nothing
	sed 1d GP-0001-proof.ndjson >less.ndjson
	run -1 gp-disc verify GP-0001 less.ndjson
	same failed "$(state)"
}

@test "gp-disc verify: on another computer, a bad disc is said to be bad" {
	long_only
	one
	mkdir mounted
	bsdtar xf disc.iso -C mounted
	chmod -R u+w mounted
	run -0 gp-disc -C "$PWD/none" verify GP-0001 mounted
	printf X >>"mounted/$(photo)"
	run -1 gp-disc -C "$PWD/none" verify GP-0001 mounted
	has "$output" "1 of $photos photos are damaged"
	run -1 gp-disc verify GP-0001 GP-0001-proof.ndjson
	same failed "$(state)"
}

@test "gp-disc verify: an image without MD5 sums is not taken for read" {
	long_only
	one
	xorriso -as mkisofs -quiet -iso-level 3 -r -J -V GP-0001 -o disc.iso "$burn/GP-0001" 2>/dev/null
	run -1 gp-disc verify GP-0001 disc.iso
	has "$output" "sectors are bad or can't be read"
	# on another computer they alone tell of what is in no file
	run -1 gp-disc -C "$PWD/none" verify GP-0001 disc.iso
	has "$output" "sectors are bad or can't be read"
	cp "$burn/GP-0001.iso" windows.iso
	run -0 gp-disc -C "$PWD/none" verify GP-0001 windows.iso
	printf X | dd of=windows.iso bs=1 seek=$((34 * 2048 + 9)) conv=notrunc status=none
	run -1 gp-disc -C "$PWD/none" verify GP-0001 windows.iso
	has "$output" "0 of $photos photos are damaged"
	has "$output" "sectors are bad or can't be read"
	# the MD5 of all of it is gone, and that of the first sectors is right
	cp "$burn/GP-0001.iso" disc.iso
	printf x | dd of=disc.iso bs=1 conv=notrunc status=none \
		seek="$(grep -abo 'libisofs_checksum_tag_v1 pos' disc.iso | tail -n 1 | cut -d : -f 1)"
	for home in "$PWD/none" "$GP_ARCHIVE"; do
		run -1 gp-disc -C "$home" verify GP-0001 disc.iso
		has "$output" "0 of $photos photos are damaged"
		has "$output" "sectors are bad or can't be read"
	done
	grep -q '^MD5 tag range:.* 32 , + md5_match' "$GP_ARCHIVE/.gp/discs/GP-0001/sectors"
}

# retag SECTOR: a byte of it in disc.iso is another, and the MD5 of the session right
# again
retag() {
	python3 "$TESTS/retag.py" disc.iso $(($1 * 2048 + 20))
}

@test "gp-disc verify: the MD5 of each file counts, and so does that it is there" {
	long_only
	one
	mv disc.iso whole.iso
	# a file of no list; the last sector has the MD5 of the session, and the one
	# before those of the files
	printf 'of no list' >stray
	SOURCE_DATE_EPOCH=1 xorriso -as mkisofs -quiet -iso-level 3 -r -J --md5 -no-pad -V GP-0001 \
		-o disc.iso -graft-points "/=$burn/GP-0001" /stray.txt=stray 2>/dev/null
	run -0 gp-disc -C "$PWD/none" verify GP-0001 disc.iso
	# another image than that which was built, and as good
	run -0 gp-disc verify GP-0001 disc.iso
	local at
	at=$(xorriso -indev stdio:disc.iso -find /stray.txt -exec report_lba -- 2>/dev/null |
		sed -n 's/^File data lba: *0 , *\([0-9]*\) .*/\1/p')
	printf X | dd of=disc.iso bs=1 seek=$((at * 2048)) conv=notrunc status=none
	retag "$at"
	for home in "$PWD/none" "$GP_ARCHIVE"; do
		run -1 gp-disc -C "$home" verify GP-0001 disc.iso
		has "$output" "0 of $photos photos are damaged"
		has "$output" "sectors are bad or can't be read"
	done
	grep -qxF "MD5 MISMATCH: '/stray.txt'" "$GP_ARCHIVE/.gp/discs/GP-0001/sectors"
	cp whole.iso disc.iso
	retag $(($(stat -c %s disc.iso) / 2048 - 2))
	run -1 gp-disc -C "$PWD/none" verify GP-0001 disc.iso
	has "$output" "sectors are bad or can't be read"
	grep -q '^Not a single file with MD5 checksum' GP-0001-check/sectors
	grep -q '+ md5_match' GP-0001-check/sectors
}

@test "gp-disc verify: told to end, it ends with all that reads, and settles nothing" {
	long_only
	one
	# a volume that says it has 4 TB, in a file that has: nobody comes to its end
	printf '\377\377\377\177' | dd of=disc.iso bs=1 seek=$((16 * 2048 + 80)) conv=notrunc status=none
	truncate -s 4T disc.iso
	local to pid
	set -m # what is in the background of a script is deaf to INT else
	for to in INT TERM HUP; do
		gp-disc verify GP-0001 disc.iso 3>&- &
		pid=$! group=$!
		until pgrep -g "$pid" -f -- '-j 1' >found; do kill -0 "$pid"; done
		# as Ctrl-C does it, and as kill does
		if [ "$to" = INT ]; then kill -s INT -- "-$pid"; else kill -s "$to" "$pid"; fi
		wait "$pid" && fail "$to did not end it"
		# where nobody waits for orphans, dead ones stay
		run -1 pgrep -r R,S,D -g "$pid" -l
	done
	group=
	same built "$(state)"
	run -0 gp-disc verify GP-0001 "$burn/GP-0001.iso" # no lock is left
}
