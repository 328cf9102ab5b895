#!/usr/bin/env bats
# gp-replicate with stores that are folders; the clouds are in copies-s3.bats
# builds: plain long:san

bats_require_minimum_version 1.5.0
load helper
load copies

setup() {
	copies_setup
}

@test "all of it goes to every remote and is proved; nothing is sent twice" {
	archive_make 5
	mkdir -p "$GP_ARCHIVE/.gp/runs/ended" "$GP_ARCHIVE/.gp/runs/open"
	cp stored.ndjson "$GP_ARCHIVE/.gp/runs/ended/records.ndjson"
	cp stored.ndjson "$GP_ARCHIVE/.gp/runs/open/records.ndjson"
	# of now, by whatever clock these tests run
	touch -d "@$(date +%s)" "$GP_ARCHIVE/.gp/runs/open"/*
	echo '{}' >"$GP_ARCHIVE/.gp/runs/ended/summary.json"
	run -0 --separate-stderr gp-replicate "$one" "$two/"
	has "$output" "$one: 5 of 5 files are there, 5 sent now, 5 proved now"
	has "$output" "$two: 5 of 5 files are there, 5 sent now, 5 proved now"
	for copy in "$one" "$two"; do
		same_files "$copy"
		(cd "$copy/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
		(cd "$copy/.gp/snapshots" && sha256sum -c --quiet --strict newest)
		same 5 "$(proofs "$copy")" "proofs of $copy"
		cmp "$copy/.gp/runs/ended/records.ndjson" stored.ndjson
		[ ! -e "$copy/.gp/runs/open" ]
	done
	(cd "$one" && find . -type f | sort) >first
	# --immutable alone takes another time for another file
	touch "$GP_ARCHIVE/$folder/photo-1.jpg"
	run -0 --separate-stderr gp-replicate "$one" "$two"
	has "$output" "$one: 5 of 5 files are there, 0 sent now, 0 proved now"
	same "$(cat first)" "$(cd "$one" && find . -type f | sort)" "what lies there"
}

@test "what was proved there and is gone has no proof any more, sent again or not" {
	mkdir -p src
	noise big 3000000 >src/big.mp4
	archive_make 4
	gp-replicate "$one"
	same 5 "$(proofs "$one")"
	# a big file comes in several streams, which rclone tells in other words
	rm "$one/$folder/big.mp4"
	RCLONE_MULTI_THREAD_STREAMS=2 RCLONE_MULTI_THREAD_CUTOFF=1M run -0 --separate-stderr gp-replicate "$one"
	has "$stderr" "1 files that were proved there were gone; they have been sent again"
	has "$output" "5 of 5 files are there, 1 sent now, 1 proved now"
	# beyond what may be read today
	rm "$one/$folder"/photo-[12].jpg
	GP_SCRUB_BUDGET=1 run -0 --separate-stderr gp-replicate "$one"
	has "$output" "5 of 5 files are there, 2 sent now, 1 proved now, 1 to be proved by gp-scrub (budget)"
	same 4 "$(proofs "$one")"
	run -0 gp-replicate "$one"
	same 5 "$(proofs "$one")"
	# nor where the run ends before it can read it
	rm "$one/$folder/photo-4.jpg"
	rclone_with '[[ $verb != *" lsf -R "* ]] || exit 1'
	run -1 --separate-stderr gp-replicate "$one"
	rm -r shim
	same 4 "$(proofs "$one")"
	run -0 gp-replicate "$one"
	same 5 "$(proofs "$one")"
	# and where it can't be sent
	rm "$one/$folder/photo-3.jpg"
	rclone_with '[[ $verb != *" --immutable "* ]] || exit 1'
	run -1 --separate-stderr gp-replicate "$one"
	has "$stderr" "1 of 5 files are not there"
	same 4 "$(proofs "$one")"
}

@test "the records of a run are read back too" {
	archive_make 2
	mkdir -p "$GP_ARCHIVE/.gp/runs/ended"
	cp stored.ndjson "$GP_ARCHIVE/.gp/runs/ended/records.ndjson"
	echo '{}' >"$GP_ARCHIVE/.gp/runs/ended/summary.json"
	# shellcheck disable=SC2016 # for the shim
	rclone_with '[[ $verb != *" --immutable "* ]] || { real "$@" && : >'"$one"'/.gp/runs/ended/records.ndjson; exit; }'
	run -1 --separate-stderr gp-replicate "$one"
	has "$stderr" "$one: sent, but not there as sent: .gp/runs/ended/records.ndjson"
	rm -r shim
	cp stored.ndjson "$one/.gp/runs/ended/records.ndjson"
	run -0 --separate-stderr gp-replicate "$one"
	# and again, until they were: the network was gone before, say
	cp -r "$GP_ARCHIVE/.gp/runs/ended" "$GP_ARCHIVE/.gp/runs/later"
	rclone_with '[[ $verb != *" hashsum "* && $verb != *" cat "* ]] || exit 1'
	run -1 --separate-stderr gp-replicate "$one"
	rm -r shim
	flip "$one/.gp/runs/later/records.ndjson"
	rclone_with '[[ $verb != *" --immutable "* ]] || set -- "${@/#--checksum/--size-only}"'
	run -1 --separate-stderr gp-replicate "$one"
	has "$stderr" "$one: sent, but not there as sent: .gp/runs/later/records.ndjson"
	rm -r shim
	run -1 --separate-stderr gp-replicate "$one"
	has "$stderr" "which are right no list says: compare the two, then remove theirs (rclone deletefile) or put it in place of ours: .gp/runs/later/records.ndjson"
	flip "$one/.gp/runs/later/records.ndjson"
	run -0 --separate-stderr gp-replicate "$one"
	rclone_with 'echo "$verb" >>'"$PWD/asked"
	run -0 --separate-stderr gp-replicate "$one"
	run ! grep -q hashsum asked
}

@test "other bytes there are not laid to the copy where the archive's own are damaged" {
	archive_make 3
	gp-replicate "$one"
	flip "$GP_ARCHIVE/$folder/photo-2.jpg"
	run -1 --separate-stderr gp-replicate "$one"
	has "$stderr" "whose own are damaged (gp-scrub --heal nas mends it): $folder/photo-2.jpg"
	has_not "$stderr" "gp-scrub --heal $one"
	same 3 "$(proofs "$one")"
	GP_REMOTES=$one run -0 gp-scrub --heal nas
	run -0 gp-replicate "$one"
}

@test "what a person has settled as lost keeps nothing else from being copied" {
	local id
	archive_make 3
	rm "$GP_ARCHIVE/$folder/photo-2.jpg"
	run -2 --separate-stderr gp-replicate "$one"
	has "$stderr" "2 of the 3 files of the index: nothing was copied"
	run -1 gp-scrub --heal nas
	id=$(gp-index --export | jq -r 'select(.filename == "photo-2.jpg") | .id')
	gp-index --accept "$id" "my own fault"
	run -0 --separate-stderr gp-replicate "$one"
	has "$stderr" "settled as lost, and not copied: $folder/photo-2.jpg"
	has "$output" "$one: 2 of 2 files are there, 2 sent now, 2 proved now"
	grep -q photo-2 "$one/$folder/SHA256SUMS"
	# but one that a copy has is not lost, whoever settled it
	cp src/photo-2.jpg "$GP_ARCHIVE/$folder/"
	run -0 gp-replicate "$one"
	same 3 "$(proofs "$one")"
	rm "$GP_ARCHIVE/$folder/photo-2.jpg"
	run -2 --separate-stderr gp-replicate "$one"
	has "$stderr" "2 of the 3 files of the index: nothing was copied"
}

@test "a disk without file locks is said as that, and is no other run" {
	archive_make 1
	mkdir bin
	# the C programs' own locks are as ever
	printf '#!/bin/sh\nexec strace -qq -o /dev/null -e trace=flock -e inject=flock:error=ENOLCK %s "$@"\n' \
		"$(command -v flock)" >bin/flock
	chmod +x bin/flock
	PATH=$PWD/bin:$PATH run -1 --separate-stderr gp-replicate "$one"
	has "$stderr" "can't be locked: No locks available"
	has "$stderr" "$one: nothing was copied there"
	has "$stderr" "locks/snapshots can't be locked: No locks available"
	has_not "$stderr" "at work"
	# a run that nobody can hold is not at work
	mkdir -p "$GP_ARCHIVE/.gp/runs/killed"
	jq -cn '{about: "", began: "2026-01-01T00:00:00Z", number: 1}' >"$GP_ARCHIVE/.gp/runs/killed/begun.json"
	PATH=$PWD/bin:$PATH run gp-report
	has "$output" "did not come to its end"
	gp-replicate "$one"
	PATH=$PWD/bin:$PATH run -2 --separate-stderr gp-restore --from "$one" --to "$PWD/new"
	has "$stderr" "can't be locked: No locks available"
	has_not "$stderr" "at work"
	run -0 gp-restore --from "$one" --to "$PWD/new"
}

@test "the snapshot on a remote is the index; news make another, and the pointer is of it" {
	long_only
	archive_make 2
	gp-replicate "$one"
	first=$(cut -c67- "$one/.gp/snapshots/newest")
	gzip -dc "$one/.gp/snapshots/$first" >back.db
	same 2 "$(sqlite3 back.db 'SELECT count(*) FROM file')"
	mkdir more && echo news >more/news.jpg && store_dir more
	gp-replicate "$one"
	second=$(cut -c67- "$one/.gp/snapshots/newest")
	[ "$first" != "$second" ]
	[ -e "$one/.gp/snapshots/$first" ]
	gzip -dc "$one/.gp/snapshots/$second" >back.db
	same 3 "$(sqlite3 back.db 'SELECT count(*) FROM file')"
	(cd "$one/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
	same 3 "$(grep -c . "$one/$folder/SHA256SUMS")"
}

@test "photos and snapshot first, then the lists of sums, the pointer last of all: each by itself" {
	long_only
	archive_make 2
	# shellcheck disable=SC2016
	rclone_with 'for a; do
		[ "${prev:-}" != --files-from-raw ] || { grep -o " copy \| hashsum " <<<"$verb"; cat "$a"; } >>'"$PWD/order"'
		prev=$a
	done'
	gp-replicate "$one"
	snapshot=.gp/snapshots/$(cut -c67- "$one/.gp/snapshots/newest")
	same " copy 
$folder/photo-1.jpg
$folder/photo-2.jpg
$snapshot
 copy 
$folder/SHA256SUMS
 hashsum 
$snapshot
$folder/SHA256SUMS
$folder/photo-1.jpg
$folder/photo-2.jpg
 copy 
.gp/snapshots/newest" "$(cat order)"
	# a snapshot that is not there as sent gets no pointer
	# shellcheck disable=SC2016
	rclone_with 'if [[ $verb == *" --immutable "* ]]; then
		real "$@" || exit
		for f in '"$two"'/.gp/snapshots/index-*; do echo X | dd of="$f" bs=1 seek=99 conv=notrunc status=none; done
		exit 0
	fi'
	run -1 gp-replicate "$two"
	has "$output" "sent, but not there as sent: $snapshot"
	[ ! -e "$two/.gp/snapshots/newest" ]
	same 2 "$(proofs "$two")"
}

@test "an empty archive, a lost file, a shorter file: nothing is copied, exit 2" {
	run -2 gp-replicate "$one"
	gp-index --record </dev/null
	run -2 gp-replicate "$one"
	has "$output" "has no files: nothing was copied"
	archive_make 3
	mv "$GP_ARCHIVE/$folder" aside
	run -2 gp-replicate "$one"
	has "$output" "0 of the 3 files"
	mv aside "$GP_ARCHIVE/$folder"
	mv "$GP_ARCHIVE/$folder/photo-2.jpg" .
	run -2 gp-replicate "$one"
	has "$output" "$folder/photo-2.jpg"
	head -c 5 photo-2.jpg >"$GP_ARCHIVE/$folder/photo-2.jpg"
	run -2 gp-replicate "$one"
	[ ! -e "$one" ]
}

@test "what is rotten in the archive is not sent, the rest is" {
	archive_make 3
	flip "$GP_ARCHIVE/$folder/photo-2.jpg"
	run -1 gp-replicate "$one"
	has "$output" "damaged in the archive"
	has "$output" "$folder/photo-2.jpg"
	[ ! -e "$one/$folder/photo-2.jpg" ]
	[ -e "$one/$folder/photo-3.jpg" ]
	same 2 "$(proofs "$one")"
	# its list would promise what is not there
	[ ! -e "$one/$folder/SHA256SUMS" ]
}

@test "other bytes at equal size and time on a remote: left alone, the proof is withdrawn" {
	long_only
	archive_make 3
	gp-replicate "$one"
	flip "$one/$folder/photo-2.jpg"
	sum=$(sha256sum <"$one/$folder/photo-2.jpg")
	mkdir more && echo news >more/news.jpg && store_dir more
	run -1 gp-replicate "$one"
	has "$output" "$folder/photo-2.jpg"
	same "$sum" "$(sha256sum <"$one/$folder/photo-2.jpg")"
	[ -e "$one/$folder/news.jpg" ]
	same 3 "$(proofs "$one")"
	same missing "$(gp-index --export --missing-from "$one" | jq -r 'select(.filename == "photo-2.jpg") | "missing"')"
}

@test "what a remote has lost is sent again, and the index knows of the loss" {
	long_only
	archive_make 3
	gp-replicate "$one"
	rm "$one/$folder/photo-3.jpg"
	run -0 gp-replicate "$one"
	has "$output" "were gone"
	same_files "$one"
	same 3 "$(proofs "$one")"
	same 1 "$(sqlite3 "$index" "SELECT count(*) FROM event WHERE kind = 'proof-lost'")"
}

@test "an rclone that sends less than it was given and ends well is found out" {
	archive_make 4
	# shellcheck disable=SC2016
	rclone_with 'if [[ $verb == *" --immutable "* ]]; then
		for a; do last2=$list; [ "$prev" != --files-from-raw ] || list=$a; prev=$a; done
		sed -i "/photo-3/d" "$list"
	fi'
	run -1 gp-replicate "$one"
	has "$output" "1 of 4 files are not there"
	has "$output" "$folder/photo-3.jpg"
	same 3 "$(proofs "$one")"
}

@test "bytes that change on the way, and a check that reads nothing, prove nothing" {
	archive_make 3
	# shellcheck disable=SC2016
	rclone_with 'if [[ $verb == *" --immutable "* ]]; then
		real "$@" || exit
		printf X | dd of='"$one/$folder"'/photo-1.jpg bs=1 seek=3 conv=notrunc status=none
		exit 0
	fi'
	run -1 gp-replicate "$one"
	has "$output" "not proved"
	same 2 "$(proofs "$one")"
	# shellcheck disable=SC2016
	rclone_with '[[ $verb != *" hashsum "* ]] || exit 0'
	run -1 gp-replicate "$two"
	has "$output" "3 of 3 files are there, 3 sent now, 0 proved now"
	same 0 "$(proofs "$two")"
}

@test "a remote that can't be written keeps no other waiting; the run says which" {
	long_only
	archive_make 3
	touch file
	run -1 --separate-stderr gp-replicate "$PWD/file/x" "nosuch:photos" "$one"
	has "$stderr" "$PWD/file/x"
	has "$stderr" "nosuch:photos"
	has "$output" "$one: 3 of 3"
	has_not "$output" "nosuch"
	same 3 "$(proofs "$one")"
}

@test "a remote that is full: what fits is proved, the rest is said" {
	long_only
	archive_make 3
	noise big 3000000 >src/big.jpg
	store_dir src
	mkdir small
	mount -t tmpfs -o size=1M none small || skip "needs the right to mount"
	run gp-replicate "$PWD/small"
	umount small
	same 1 "$status"
	has "$output" "it is full"
	has "$output" "$folder/big.jpg"
	same 3 "$(proofs "$PWD/small")"
}

@test "a disk that is not mounted is not filled from the start" {
	archive_make 2
	gp-replicate "$one"
	mv one unmounted
	run -1 gp-replicate "$one"
	has "$output" "is it mounted"
	[ ! -e one ]
}

@test "at a terminal one sees how far it is: share, speed, time left; without one it is quiet" {
	long_only
	mkdir src
	for n in 1 2 3 4; do noise "photo-$n" 2000000 >"src/photo-$n.jpg"; done
	store_dir src
	export GP_BANDWIDTH=2M
	gp-replicate "$two" >quiet.out 2>quiet.err 3>&- &
	script -qefc "gp-replicate $one" /dev/null </dev/null >terminal.out 2>&1 3>&-
	wait $!
	[[ $(cat terminal.out) =~ "gp-replicate: $one: "[0-5]/5\ files,\ [0-9.]+\ [kM]B\ of\ 8\ MB,\ [0-9.]+\ [kM]B/s,\ [0-9]+\ %,\ [0-9hmin\ ]+(s\ )?left ]] ||
		fail "$(cat terminal.out)"
	same "" "$(cat quiet.err)"
	same "$two: 4 of 4 files are there, 4 sent now, 4 proved now" "$(cat quiet.out)"
}

@test "an encrypted remote: nothing readable lies there, all of it is proved" {
	long_only
	archive_make 3
	crypt_config secret "$one"
	run -0 gp-replicate secret:
	has "$output" "secret:: 3 of 3 files are there, 3 sent now, 3 proved now"
	run ! grep -rq photo one
	rclone copy secret: back
	same_files back
	# a list of sums that changed at equal size goes through all the same
	mkdir again && cp -p back/"$folder"/SHA256SUMS again/
	sqlite3 "$index" "INSERT INTO folder_changed VALUES ('$folder')"
	sed -i 's/  photo-1/  photo-9/' "$GP_ARCHIVE/$folder/SHA256SUMS"
	run -1 gp-replicate secret:
	has "$output" "not what the index says"
	gp-index --record </dev/null
	gp-replicate secret:
	rclone copy secret: back
	(cd "back/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
}

@test "rot under the encryption is seen" {
	long_only
	archive_make 3
	crypt_config secret "$one"
	# shellcheck disable=SC2016
	rclone_with 'if [[ $verb == *" --immutable "* ]]; then
		real "$@" || exit
		for f in '"$one"'/*/*; do [ ! -f "$f" ] || printf XX | dd of="$f" bs=1 seek=60 conv=notrunc status=none; done
		exit 0
	fi'
	run -1 gp-replicate secret:
	same 0 "$(proofs secret:)"
}

@test "GP_SCRUB_BUDGET bounds what is read back; the rest is told as not proved" {
	long_only
	archive_make 4
	export GP_SCRUB_BUDGET="1T $one=25%"
	run -0 gp-replicate "$one" "$two"
	has "$output" "to be proved by gp-scrub"
	n=$(proofs "$one")
	[ "$n" -ge 1 ]
	[ "$n" -lt 4 ]
	same 4 "$(proofs "$two")"
	# the next runs go on where this one stopped
	for _ in 1 2 3; do gp-replicate "$one"; done
	same 4 "$(proofs "$one")"
}

@test "an upload that was cut off is finished; what is no beginning of ours is not touched" {
	long_only
	archive_make 4
	mkdir -p "$one/$folder"
	head -c 12 "$GP_ARCHIVE/$folder/photo-2.jpg" >"$one/$folder/photo-2.jpg"
	: >"$one/$folder/photo-3.jpg"
	run -0 gp-replicate "$one"
	has "$output" "cut off"
	same_files "$one"
	same 4 "$(proofs "$one")"
	mkdir -p "$two/$folder"
	echo "not ours" >"$two/$folder/photo-4.jpg"
	run -1 gp-replicate "$two"
	same "not ours" "$(cat "$two/$folder/photo-4.jpg")"
	same 3 "$(proofs "$two")"
}

@test "several at once: all end well, the archive is there once" {
	long_only
	local n pids=() to=("$one" "$two" "$one" "$two")
	archive_make 8
	for n in 0 1 2 3; do
		gp-replicate "${to[n]}" >"$n.out" 2>&1 3>&- &
		pids[n]=$!
	done
	for n in 0 1 2 3; do
		wait "${pids[n]}" || fail "$(cat "$n.out")"
	done
	same_files "$two"
	same_files "$one"
	same 8 "$(proofs "$one")"
}

@test "killed at any time, the next run ends well and leaves nothing behind" {
	archive_make 6
	for n in 1 2 3 4 5 6; do
		killed "0.$((n * 15))" gp-replicate "$one"
	done
	killed_some
	run -0 gp-replicate "$one"
	has "$output" "6 of 6 files are there"
	same_files "$one"
	same 6 "$(proofs "$one")"
	(cd "$one/.gp/snapshots" && sha256sum -c --quiet --strict newest)
}

@test "rclone missing or too old, no remote, an unknown option: said at once" {
	archive_make 1
	run -2 gp-replicate
	has "$output" "GP_REMOTES"
	run -2 gp-replicate --delete "$one"
	# shellcheck disable=SC2016
	rclone_with '[[ $verb != *" version "* ]] || { echo rclone v1.53.3-DEV; exit; }'
	run -2 gp-replicate "$one"
	has "$output" "1.53.3"
	has "$output" "1.60.1"
	mkdir bare
	for p in bash env dirname readlink sed sort head awk jq gzip cut tr paste mktemp rm cat; do
		ln -s "$(type -P "$p")" "bare/$p"
	done
	PATH=$GP_BIN:$PWD/bare run -2 "$TESTS/../pipelines/gp-replicate" "$one"
	has "$output" "rclone is not installed"
}

@test "GP_REMOTES of gp.conf, a bandwidth limit" {
	long_only
	archive_make 2
	printf 'GP_REMOTES=%s %s\nGP_BANDWIDTH=10M\n' "$one" "$two" >gp.conf
	# shellcheck disable=SC2016
	rclone_with '[[ $verb != *" --immutable "* ]] || echo "$*" >>'"$PWD/args"
	run gp-replicate -c gp.conf
	echo "$output"
	same_files "$one"
	same_files "$two"
	same 2 "$(grep -c -- '--bwlimit=5000000B' args)"
	run ! grep -q 'sync' args
}

@test "files that SHA256SUMS alone names are owed: that is said, and the list and all else goes" {
	long_only
	archive_make 3
	mkdir beach && echo sand >beach/sand.jpg && store_dir beach Beach
	gp-replicate "$one"
	rm "$GP_ARCHIVE/$folder/photo-2.jpg" "$GP_ARCHIVE/beach-$quarter/sand.jpg" "$index"*
	run -1 gp-index --rebuild
	mkdir more && echo news >more/news.jpg && store_dir more
	run -1 --separate-stderr gp-replicate "$one"
	has "$stderr" "1 files of $folder are owed: SHA256SUMS names them, and they are not here as it says"
	has "$stderr" "1 files of beach-$quarter are owed"
	has_not "$stderr" "is not what the index says"
	has "$output" "$one: 3 of 3 files are there, 1 sent now"
	same 4 "$(grep -c . "$one/$folder/SHA256SUMS")"
	cmp "$GP_ARCHIVE/$folder/SHA256SUMS" "$one/$folder/SHA256SUMS"
	(cd "$one/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
	# what the index has and the list has not is another matter
	sed -i /news.jpg/d "$GP_ARCHIVE/$folder/SHA256SUMS"
	run -1 --separate-stderr gp-replicate "$one"
	has "$stderr" "SHA256SUMS is not what the index says"
	same 4 "$(grep -c . "$one/$folder/SHA256SUMS")"
}
