#!/usr/bin/env bats
# gp-pack: the bag, as sha256sum and par2 read it.
# builds: san
bats_require_minimum_version 1.5.0
load helper
load pack.bash

setup() {
	pack_setup
	out=
}

# what was made on another file system
teardown() {
	[ -z "$out" ] || rm -rf "$out"
	common_teardown
}

@test "gp-pack: a bag has every file once, and sha256sum proves it" {
	files 30 20000 >in
	run -0 --separate-stderr gp-pack --capacity 10M --flush --label EZRA --parity 0 <in
	printf '%s\n' "$output" >out
	proved EZRA-0001
	same 30 "$(find "$burn/EZRA-0001/data" -type f | wc -l)"
	jq -r '[.sha256, .discPath] | join("  ")' out | (cd "$burn/EZRA-0001" && sha256sum --check --quiet)
	same "BagIt-Version: 1.0
Tag-File-Character-Encoding: UTF-8" "$(cat "$burn/EZRA-0001/bagit.txt")"
	info=$(cat "$burn/EZRA-0001/bag-info.txt")
	has "$info" "External-Identifier: EZRA-0001"
	has "$info" "Bag-Group-Identifier: EZRA"
	has "$info" "Bag-Count: 1 of ?"
	has "$(cat "$burn/EZRA-0001/README.txt")" "sha256sum --check --quiet manifest-sha256.txt"
	# nothing is left over
	same "EZRA-0001
EZRA-0001.iso" "$(ls -A "$burn")"
	same lock "$(ls -A "$GP_ARCHIVE/.gp/packing")"
}

@test "gp-pack: no second copy on the NAS, the archive stays as it was" {
	files 5 20000 >in
	find "$GP_ARCHIVE/ezra-2026-Q4" -type f -printf '%i %T@ %m %p\n' | sort >before
	run -0 gp-pack --capacity 10M --flush --parity 0 <in
	find "$GP_ARCHIVE/ezra-2026-Q4" -type f -printf '%i %T@ %m %p\n' | sort >after
	cmp before after
	same "$(cut -d' ' -f1 before | sort)" "$(find "$burn/GP-0001/data" -type f -printf '%i\n' | sort)"
}

@test "gp-pack: on another file system the files are copied, and that is said" {
	local other sums=0
	for other in /dev/shm /var/tmp /tmp none; do
		[ "$other" != none ] || skip "needs a second file system"
		[ ! -w "$other" ] || [ "$(stat -c %d "$other")" = "$(stat -c %d .)" ] || break
	done
	files 3 20000 >in
	out=$(mktemp -d "$other/pack.XXXXXX")
	run --separate-stderr gp-pack --capacity 10M --flush --parity 0 --out "$out" <in
	(cd "$out/GP-0001" && sha256sum --check --quiet --strict manifest-sha256.txt) || sums=$?
	same "0 0" "$status $sums"
	has "$stderr" "hard links to the archive can't be made here, so its files are copied"
}

@test "gp-pack: a rotten, a missing and a strange photo are errors and on no disc" {
	files 6 20000 >in
	cd "$GP_ARCHIVE/ezra-2026-Q4"
	printf X | dd of=IMG_00001.bin bs=1 seek=77 conv=notrunc status=none
	rm IMG_00002.bin
	rm IMG_00003.bin && ln -s IMG_00000.bin IMG_00003.bin
	echo more >>IMG_00004.bin
	cd "$BATS_TEST_TMPDIR"
	run -1 --separate-stderr gp-pack --capacity 10M --flush --parity 0 <in
	same "0 GP-0001
1 mismatch
2 not-found
3 unreadable
4 mismatch
5 GP-0001" "$(jq -r '"\(.id) \(.disc // .error.code)"' <<<"$output" | sort)"
	has "$stderr" "IMG_00001.bin is not what was stored any more"
	proved GP-0001
	same 2 "$(find "$burn/GP-0001/data" -type f | wc -l)"
}

@test "gp-pack: a photo that changes while it is packed is an error and left out" {
	files 6 20000 >in
	# par2 comes after the files were read; this one writes first
	mkdir tools
	printf '#!/bin/sh\n[ -e %q ] || printf X | dd of=%q bs=1 seek=9 conv=notrunc status=none\n: >%q\nexec %q "$@"\n' \
		"$PWD/once" "$GP_ARCHIVE/ezra-2026-Q4/IMG_00003.bin" "$PWD/once" "$(command -v par2)" >tools/par2
	chmod +x tools/par2
	PATH=$PWD/tools:$PATH run -1 --separate-stderr gp-pack --capacity 10M --flush <in
	same "3 mismatch" "$(jq -r 'select(.error) | "\(.id) \(.error.code)"' <<<"$output")"
	same 5 "$(jq -s 'map(select(.disc == "GP-0001")) | length' <<<"$output")"
	proved GP-0001
}

@test "gp-pack: par2 repairs a lost and a damaged photo from the disc alone" {
	files 20 50000 >in
	run -0 gp-pack --capacity 10M --flush --parity 20 <in
	cp -r "$burn/GP-0001" copy
	cd copy
	victim=$(find data -type f | sort | sed -n 3p)
	rm "$victim"
	printf X | dd of="$(find data -type f | sort | sed -n 7p)" bs=1 seek=777 conv=notrunc status=none
	run ! sha256sum --check --status manifest-sha256.txt
	# as README.txt says
	has "$(cat README.txt)" "par2 repair -B ./ parity/set-001.par2"
	par2 repair -q -q -B ./ parity/set-001.par2
	sha256sum --check --quiet --strict manifest-sha256.txt
	# the lists are protected too
	printf X | dd of=albums.json bs=1 seek=9 conv=notrunc status=none
	par2 repair -q -q -B ./ parity/set-000.par2
	sha256sum --check --quiet --strict tagmanifest-sha256.txt
}

@test "gp-pack: several sets of parity, over which neighbours are spread" {
	long_only
	files 1600 10 >in
	run -0 gp-pack --capacity 40M --flush --parity 10 <in
	proved GP-0001
	cd "$burn/GP-0001"
	[ -f parity/set-002.par2 ]
	for set in parity/set-00?.par2; do
		par2 verify -q -q -B ./ "$set"
	done
}

@test "gp-pack: albums.json and albums.txt say what belongs together" {
	files 3 1000 | sed 's/}$/, "metadata":{"n":1.10,"description":"By the\\nsea"}}/' >one
	jq -c 'select(.id == "1") | .album = {id: "b", title: "Other"} | .albums = [.album, {id: "c", title: "Third"}]' one |
		cat one - >in
	run -0 gp-pack --capacity 10M --flush --parity 0 <in
	cd "$burn/GP-0001"
	same "3 1 1" "$(jq -r '.albums | map(.files) | join(" ")' albums.json)"
	same "data/2014/2014-05/IMG_00001.bin" "$(jq -r '.files[1].path' albums.json)"
	same "Ezra Other Third" "$(jq -r '.files[1].albums | map(.title) | join(" ")' albums.json)"
	has "$(cat albums.json)" '"metadata":{"n":1.10,'
	# a file a line, so that of a damaged one the rest is read
	same 3 "$(sed -n 's/^\({"path":.*}\)\(,\|\],\)\{0,1\}$/\1/p' albums.json | jq -r .path | wc -l)"
	has "$(cat albums.txt)" "
Third
  2014-05-14T04:53:20Z  data/2014/2014-05/IMG_00001.bin  By the sea"
}

@test "gp-pack: the index and gp's own source are on the disc" {
	album >in
	run -0 --separate-stderr gp-pack --capacity 10M --flush --parity 0 <in
	cd "$burn/GP-0001"
	same ok "$(sqlite3 gp/index.db 'PRAGMA integrity_check')"
	same "$(wc -l <"$BATS_TEST_TMPDIR/in")" "$(sqlite3 gp/index.db 'SELECT count(*) FROM file')"
	mkdir "$BATS_TEST_TMPDIR/source"
	tar xzf gp/gp-source.tar.gz -C "$BATS_TEST_TMPDIR/source"
	cmp "$BATS_TEST_TMPDIR"/source/gp-*/src/gp-pack/bag/bag.h "$TESTS/../src/gp-pack/bag/bag.h"
}

@test "gp-pack: a label that was used is refused" {
	files 2 1000 >in
	mkdir -p "$GP_ARCHIVE/archived/GP-0003" "$burn"
	: >"$burn/GP-0005.iso"
	run -2 --separate-stderr gp-pack --capacity 10M --flush --parity 0 --number 3 <in
	has "$stderr" "GP-0003: the label is used already, in archived"
	same 2 "$(jq -s 'map(select(.error.code == "stopped")) | length' <<<"$output")"
	run -2 --separate-stderr gp-pack --capacity 10M --flush --parity 0 --number 5 <in
	run -0 --separate-stderr gp-pack --capacity 10M --flush --parity 0 <in
	same GP-0006 "$(jq -r .disc <<<"$output" | sort -u)"
	# other files under a label that is there
	rm -r "$GP_ARCHIVE/ezra-2026-Q4"
	mkdir "$GP_ARCHIVE/ezra-2026-Q4"
	files 3 999 >other
	run -2 --separate-stderr gp-pack --capacity 10M --flush --parity 0 --number 6 <other
	proved GP-0006
	same 2 "$(find "$burn/GP-0006/data" -type f | wc -l)"
}

@test "gp-pack: a disc that was built but never told is told, not built again" {
	files 20 20000 >in
	run -0 --separate-stderr gp-pack --capacity 10M --flush --parity 0 --number 1 <in
	printf '%s\n' "$output" | sort >first
	stat -c '%i %Y' "$burn/GP-0001" "$burn/GP-0001.iso" >before
	run -0 --separate-stderr gp-pack --capacity 10M --flush --parity 0 --number 1 <in
	printf '%s\n' "$output" | sort >second
	cmp first second
	has "$stderr" "GP-0001: was built by a run that could not tell it"
	cmp before <(stat -c '%i %Y' "$burn/GP-0001" "$burn/GP-0001.iso")
	# without its image, that is made, the very same; and new files go further
	rm "$burn/GP-0001.iso"
	files 21 20001 | tail -n 1 | jq -c '.id = "new"' >new
	files 20 20000 >/dev/null
	cat in new >both
	run -0 --separate-stderr gp-pack --capacity 10M --flush --parity 0 --number 1 <both
	same "$(cat first)" "$(grep -v '"new"' <<<"$output" | sort)"
	same GP-0002 "$(jq -r 'select(.id == "new").disc' <<<"$output")"
}

@test "gp-pack: killed at any moment and run again: one whole disc, nothing else" {
	files 60 20000 >in
	seeded
	for n in $(rounds "1 2 3 4" "$(seq 40)"); do
		moment=$((RANDOM % 60 + 3))
		killed "0.$(printf %02d "$moment")" gp-pack --capacity 10M --flush --number 1 <in
		[ ! -e "$burn/GP-0001" ] || (proved GP-0001)
	done
	# and once for certain while it is at work
	rm -rf "$burn"
	slow_until xorriso "test -e go"
	group_start gp-pack --capacity 10M --flush --number 1 <in
	wait_for test -e slow
	group_kill
	killed_some
	touch go
	run -0 --separate-stderr gp-pack --capacity 10M --flush --number 1 <in
	same 60 "$(jq -s 'map(select(.disc == "GP-0001")) | length' <<<"$output")"
	same "$(jq -r .imageSha256 <<<"$output" | sort -u)  $burn/GP-0001.iso" "$(sha256sum "$burn/GP-0001.iso")"
	proved GP-0001
	same "GP-0001
GP-0001.iso" "$(ls -A "$burn")"
	same lock "$(ls -A "$GP_ARCHIVE/.gp/packing")"
}

@test "gp-pack: two at once do not get into each other's way" {
	files 3 1000 >in
	mkdir -p "$GP_ARCHIVE/.gp/packing"
	exec 7>"$GP_ARCHIVE/.gp/packing/lock"
	flock 7
	run -2 --separate-stderr gp-pack --capacity 10M --flush <in 7>&-
	has "$stderr" "another gp-pack builds discs"
	same "$(jq -c .id in) stopped" "$(jq -c .id <<<"$output") $(jq -r .error.code <<<"$output" | sort -u)"
	run -0 --separate-stderr gp-pack --capacity 10M --flush --plan <in 7>&-
}

@test "gp-pack: without par2 or xorriso it says so and does nothing" {
	files 3 1000 >in
	mkdir none
	for tool in par2 xorriso; do
		mkdir "no-$tool"
		for other in par2 xorriso; do
			[ "$other" = "$tool" ] || ln -s "$(type -P "$other")" "no-$tool/$other"
		done
		run -2 --separate-stderr env PATH="$PWD/no-$tool" "$GP_BIN/gp-pack" --capacity 10M --flush <in
		has "$stderr" "$tool is not installed"
		same "$(jq -c .id in) stopped" "$(jq -c .id <<<"$output") $(jq -r .error.code <<<"$output" | sort -u)"
		[ ! -e "$burn" ]
	done
}

@test "gp-pack: any files, any capacity, built: every file once, no disc over, order kept" {
	local round
	seeded
	for round in $(rounds 2 "1 2 3"); do
		rm -rf "$burn" "$GP_ARCHIVE/ezra-2026-Q4"
		mkdir "$GP_ARCHIVE/ezra-2026-Q4"
		n=$((RANDOM % 60 + 20)) size=$((RANDOM * 2 + 1)) capacity=$((2500000 + RANDOM * 20))
		files "$n" "$size" >in
		gp-pack --flush --capacity "$capacity" --parity $((round * 9 % 27)) <in >out 2>err || fail "$(cat err)"
		same "$n" "$(jq -s 'map([.disc, .discPath]) | unique | length' out)"
		jq -se 'map([.disc, .creationTime]) | . == sort' out >/dev/null
		for disc in $(jq -r .disc out | sort -u); do
			proved "$disc"
			[ "$(stat -c %s "$burn/$disc.iso")" -le "$capacity" ]
		done
	done
}

@test "gp-pack: a disc is filled wherever its end falls within a file" {
	local capacity
	files 40 52893 >in
	# one file takes 62,000 bytes of a disc
	for ((capacity = 2690000; capacity < 2752000; capacity += $(rounds 13000 4000))); do
		rm -rf "$burn"
		gp-pack --capacity "$capacity" --parity 2 <in >out 2>err || fail "$capacity: $(cat err)"
		[ "$(stat -c %s "$burn/GP-0001.iso")" -le "$capacity" ]
	done
}

@test "gp-pack: what an interrupted run left is removed, and nothing else" {
	files 2 1000 >in
	mkdir -p other/.GP-0007.part/data "other/.notes-0001.part"
	: >other/.GP-0007.iso.part
	: >other/.mine.part
	: >other/GP.part
	run -0 gp-pack --capacity 10M --flush --parity 0 --out "$PWD/other" <in
	same ".mine.part
.notes-0001.part
GP-0001
GP-0001.iso
GP.part" "$(ls -A other)"
}
