#!/usr/bin/env bats
# gp-disc build, burn, archive: from files to the shelf, whatever comes between.
# shellcheck disable=SC2119,SC2120
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper
load pack.bash

setup() {
	pack_setup
	PATH=$TESTS/../pipelines:$PATH
	export GP_DISC_CAPACITY=20000000 GP_DISC_THRESHOLD=10M GP_DISC_PARITY=5 GP_DISC_LABEL=EZRA
	album >unpacked
	photos=$(wc -l <unpacked)
}

state() {
	gp-index --stats | jq -r --arg l "${1:-EZRA-0001}" '.discs[] | select(.label == $l).state'
}

unpacked() {
	gp-index --export --unpacked | wc -l
}

@test "gp-disc build: nothing below the threshold; --flush builds, and says what to do" {
	run -0 gp-disc build
	has "$output" "no disc waits"
	same "$photos" "$(unpacked)"
	run -0 gp-disc build --flush
	has "$output" "1 disc waits to be burned, EZRA-0001: insert a blank one (20000000), then: gp-disc burn"
	same built "$(state)"
	same 0 "$(unpacked)"
	run -0 gp-disc build --flush
	same 1 "$(gp-index --stats | jq '.discs | length')"
	proved EZRA-0001
}

@test "gp-disc burn, archive: burned, read back, archived; its space is freed, its lists stay" {
	gp-disc build --flush
	run -1 gp-disc archive EZRA-0001
	has "$output" "is built, not verified"
	run -0 gp-disc burn "stdio:$PWD/medium"
	has "$output" "is burned and verified"
	same verified "$(state)"
	run -0 gp-disc archive EZRA-0001
	same archived "$(state)"
	[ ! -e "$burn/EZRA-0001" ]
	[ ! -e "$burn/EZRA-0001.iso" ]
	same "$photos" "$(wc -l <"$GP_ARCHIVE/archived/EZRA-0001/manifest-sha256.txt")"
	gp-index --check
	# one byte of what only Windows reads, the tree of Joliet: no photo, but seen
	cp medium windows
	printf X | dd of=windows bs=1 seek=$((34 * 2048 + 9)) conv=notrunc status=none
	run -1 gp-disc verify EZRA-0001 windows
	has "$output" "0 of $photos photos are damaged"
	has "$output" "sectors are bad"
	run -0 gp-disc verify EZRA-0001 medium
	run -0 gp-disc archive EZRA-0001
	run -0 gp-disc build --flush
	same 0 "$(unpacked)"
	# the photos are where they were
	same "" "$(gp-index --export | gp-hash --check | jq -r 'select(.check != "ok").path')"
	run -0 gp-disc burn "stdio:$PWD/other"
	has "$output" "no disc waits"
	[ ! -e other ]
	# it rots on the shelf: said, its proof withdrawn, and it stays archived
	at=$(xorriso -indev stdio:medium -find /data -name IMG_0002.jpg -exec report_lba -- 2>/dev/null |
		sed -n 's/^File data lba: *0 , *\([0-9]*\) .*/\1/p')
	dd if=/dev/zero of=medium bs=2048 seek="$at" count=1 conv=notrunc status=none
	run -1 gp-disc verify EZRA-0001 stdio:medium
	has "$output" "1 of $photos photos are damaged"
	same archived "$(state)"
	run -0 gp-disc status
	has "$output" "damaged, 1 file: gp-disc rescue"
	same "$((photos - 1))" "$(gp-index --export | jq -r 'select(.copies["EZRA-0001"]?).id' | wc -l)"
}

@test "gp-disc burn: a medium that is too small, written, or missing: exit 3, nothing is lost" {
	gp-disc build --flush
	cp "$burn/EZRA-0001.iso" written
	run -3 gp-disc burn "stdio:$PWD/written"
	has "$output" "is not blank: insert a blank one for EZRA-0001"
	cmp "$burn/EZRA-0001.iso" written
	run -3 gp-disc burn /dev/no-such-drive
	has "$output" "insert a blank one"
	same built "$(state)"
	run -2 gp-disc burn nonsense
	[ "$(id -u)" -eq 0 ] || skip "needs root to mount a small medium"
	mkdir small
	mount -t tmpfs -o size=200k none small || skip "needs the right to mount"
	run gp-disc burn "stdio:$PWD/small/medium"
	umount small
	same 3 "$status"
	has "$output" "insert a larger blank disc"
	same built "$(state)"
}

@test "gp-disc burn: without an image, or with one that rotted, from the files" {
	long_only
	gp-disc build --flush
	printf X | dd of="$burn/EZRA-0001.iso" bs=1 seek=300000 conv=notrunc status=none
	run -0 gp-disc burn "stdio:$PWD/medium" --label EZRA-0001
	has "$output" "image is damaged: the disc is burned from the files"
	same verified "$(state)"
	xorriso -indev stdio:medium -pvd_info 2>&1 | grep -q 'App Id       : GP-PACK'
}

@test "gp-disc: a disc that fails is never archived; its files go on another label" {
	long_only
	gp-disc build --flush
	cp "$burn/EZRA-0001.iso" bad
	dd if=/dev/zero of=bad bs=2048 seek=60 count=8 conv=notrunc status=none
	run -1 gp-disc verify EZRA-0001 bad
	run -1 gp-disc archive EZRA-0001
	has "$output" "is failed, not verified"
	run -2 gp-disc burn "stdio:$PWD/medium" --label EZRA-0001
	run -0 gp-disc build --flush
	same built "$(state EZRA-0002)"
	same "EZRA-0002 EZRA-0002.iso" "$(cd "$burn" && echo *)"
	run -0 gp-disc burn "stdio:$PWD/medium"
	same verified "$(state EZRA-0002)"
}

@test "gp-disc burn: a drive that writes one wrong byte: the disc is failed, its photos are offered again" {
	gp-disc build --flush
	mkdir bin
	cat >bin/xorriso <<-END
		#!/bin/sh
		$(command -v xorriso) "\$@" || exit
		case " \$* " in *" -as cdrecord "*)
			at=\$(grep -abo 'JFIF' "$PWD/medium" | tail -n 1 | cut -d : -f 1)
			printf X | dd of="$PWD/medium" bs=1 seek=\$((at + 300)) conv=notrunc status=none ;;
		esac
	END
	chmod +x bin/xorriso
	PATH=$PWD/bin:$PATH run -1 gp-disc burn "stdio:$PWD/medium"
	has "$output" "damaged"
	same failed "$(state)"
	same "$photos" "$(unpacked)"
}

@test "gp-disc: killed anywhere, it goes on from where it was" {
	long_only
	local n tries=0
	for n in 0.05 0.1 0.15 0.2 0.3 0.4 0.5; do killed "$n" gp-disc build --flush; done
	killed_some
	hits=0 missed=0
	run -0 gp-disc build --flush
	same "[\"EZRA-0001 built $photos\"]" "$(gp-index --stats | jq -c '[.discs[] | "\(.label) \(.state) \(.files)"]')"
	for n in 0.05 0.1 0.15 0.2 0.25 0.3 0.4 0.5; do
		killed "$n" gp-disc burn "stdio:$PWD/medium"
	done
	killed_some
	hits=0 missed=0
	# a disc that was half written is spoiled: the next one is asked for
	until [ "$(state)" = verified ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 4 ] || fail "$output"
		run gp-disc burn "stdio:$PWD/medium"
		if [ "$(state)" = burned ]; then
			run -0 gp-disc verify EZRA-0001 "stdio:$PWD/medium"
		elif [ "$status" -eq 3 ]; then
			same built "$(state)"
			rm -f medium
		fi
	done
	for n in 0.05 0.1 0.15 0.2 0.3; do killed "$n" gp-disc archive EZRA-0001; done
	killed_some
	run -0 gp-disc archive EZRA-0001
	same archived "$(state)"
	same "$photos" "$(wc -l <"$GP_ARCHIVE/archived/EZRA-0001/manifest-sha256.txt")"
	same "" "$(ls "$burn")"
	gp-index --check
}
