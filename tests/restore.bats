#!/usr/bin/env bats
# gp-restore with stores that are folders; S3 is in restore-s3.bats
# builds: plain long:san

bats_require_minimum_version 1.5.0
load helper
load copies

setup() {
	copies_setup
	to=$BATS_TEST_TMPDIR/to
}

# bare COMMAND...: on a machine that has rclone.conf and nothing else
bare() {
	(
		export HOME=$BATS_TEST_TMPDIR/bare-home GP_ARCHIVE=$to
		"$@"
	)
}

@test "a bare machine: the archive is back from a remote, and a backup goes on in it" {
	archive_make 6
	mkdir -p "$GP_ARCHIVE/.gp/runs/r1"
	echo '{"run":"r1"}' >"$GP_ARCHIVE/.gp/runs/r1/summary.json"
	gp-replicate "$one"
	# a NAS had been there
	mkdir -p "$to/@eaDir" "$to/#recycle"
	run -0 bare gp-restore --from "$one" --to "$to"
	has "$output" "6 files"
	has "$output" "6 of 6 files restored"
	same_files "$to"
	(cd "$to/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
	cmp "$GP_ARCHIVE/$folder/SHA256SUMS" "$to/$folder/SHA256SUMS"
	cmp "$GP_ARCHIVE/.gp/runs/r1/summary.json" "$to/.gp/runs/r1/summary.json"
	[ ! -e "$to/.gp/restore" ]
	export GP_ARCHIVE=$to
	run -0 gp-index --check
	same 6 "$(proofs nas)"
	echo news >src/news.jpg
	store_dir src
	same "news.jpg" "$(jq -r 'select(.status == "stored") | .filename' stored.ndjson)"
	run -0 gp-replicate "$one"
}

@test "a bare machine whose index is to lie elsewhere: it does, alone" {
	archive_make 3
	gp-replicate "$one"
	export GP_INDEX=$BATS_TEST_TMPDIR/elsewhere.db
	run -0 bare gp-restore --from "$one" --to "$to"
	has "$output" "3 of 3 files restored"
	same_files "$to"
	[ ! -e "$to/.gp/index.db" ]
	GP_ARCHIVE=$to run -0 gp-index --check
	same 3 "$(gp-index -C "$to" --export | wc -l)"
}

@test "an album and files, from the archive, a remote, an encrypted one" {
	archive_make 5
	mkdir other
	echo "of june" >other/june.jpg
	store_dir other June
	crypt_config secret "$two"
	gp-replicate "$one" secret:
	for copy in nas "$one" secret:; do
		run -0 gp-restore --from "$copy" --to "$to" --album June
		has "$output" "1 of 1 files restored"
		same "$to/june-$quarter/SHA256SUMS
$to/june-$quarter/june.jpg" "$(find "$to" -type f | sort)"
		cmp other/june.jpg "$to/june-$quarter/june.jpg"
		rm -r "$to"
		run -0 gp-restore --from "$copy" --to "$to" photo-2.jpg "$folder/photo-4.jpg"
		same "photo-2.jpg photo-4.jpg" "$(cd "$to/$folder" && echo *.jpg)"
		cmp src/photo-4.jpg "$to/$folder/photo-4.jpg"
		rm -r "$to"
	done
	run -1 gp-restore --from "$one" --to "$to" photo-1.jpg photo-99.jpg
	has "$output" "photo-99.jpg: the index knows no such file"
	cmp src/photo-1.jpg "$to/$folder/photo-1.jpg"
	run -2 gp-restore --from "$one" --to "$to-2" --album Juli
}

@test "rot and loss in the copy: named, never given their names, the rest is back; another copy fills in" {
	archive_make 6
	gp-replicate "$one" "$two"
	flip "$one/$folder/photo-1.jpg"
	rm "$one/$folder/photo-2.jpg"
	: >"$one/$folder/photo-3.jpg"
	run -1 bare gp-restore --from "$one" --to "$to"
	has "$output" "3 of 6 files restored"
	for n in 1 2 3; do
		has "$output" "not restored: $folder/photo-$n.jpg"
		[ ! -e "$to/$folder/photo-$n.jpg" ]
	done
	cmp src/photo-4.jpg "$to/$folder/photo-4.jpg"
	run -0 bare gp-restore --from "$two" --to "$to"
	has "$output" "6 of 6 files restored"
	same_files "$to"
	GP_ARCHIVE=$to run -0 gp-index --check
}

@test "a copy that lists less than the index knows is no whole restore" {
	long_only
	archive_make 4
	gp-replicate "$one"
	rm -r "${one:?}/$folder"
	run bare gp-restore --from "$one" --to "$to"; [ "$status" = 1 ] || fail "$output"
	has "$output" "0 of 4 files restored"
	has "$output" "not restored: $folder/photo-4.jpg"
}

@test "the newest snapshot is rotten: the one before is taken; none at all: the index is made anew" {
	long_only
	archive_make 3
	gp-replicate "$one"
	echo four >src/photo-4.jpg
	store_dir src
	gp-replicate "$one"
	newest=$(sed 's/.*  //' "$one/.gp/snapshots/newest")
	flip "$one/.gp/snapshots/$newest"
	run -0 bare gp-restore --from "$one" --to "$to"
	has "$output" "is damaged"
	has "$output" "3 of 3 files restored"
	rm -r "$to" "$one/.gp/snapshots"
	run -0 bare gp-restore --from "$one" --to "$to"
	has "$output" "4 files, $(cat src/*.jpg | wc -c).0B, from $one"
	has "$output" "4 of 4 files restored"
	same_files "$to"
	GP_ARCHIVE=$to run -0 gp-index --check
	same 4 "$(GP_ARCHIVE=$to gp-index --export | wc -l)"
}

@test "a snapshot that an older gp made is good enough" {
	long_only
	archive_make 3
	gp-replicate "$one"
	gp-index --backup old.db
	sqlite3 old.db "DROP TABLE failure_album; DROP TABLE archive; ALTER TABLE item DROP COLUMN session; ALTER TABLE item DROP COLUMN as_of; ALTER TABLE item DROP COLUMN taken_as_of; ALTER TABLE item DROP COLUMN metadata_as_of; ALTER TABLE album DROP COLUMN as_of; ALTER TABLE arriving DROP COLUMN record; PRAGMA user_version = 2"
	gzip -9n old.db
	sum=$(sha256sum <old.db.gz | cut -c1-64)
	rm -r "$one"/.gp/snapshots/*
	cp old.db.gz "$one/.gp/snapshots/index-20200101T000000Z-$sum.db.gz"
	run -0 bare gp-restore --from "$one" --to "$to"
	has "$output" "3 of 3 files restored"
	same_files "$to"
	GP_ARCHIVE=$to run -0 gp-index --check
}

@test "names with every legal character come back" {
	long_only
	mkdir src
	name=
	for ((i = 1; i < 128; i++)); do
		# shellcheck disable=SC2059 # the format is the byte
		[ "$i" -eq 47 ] || name+=$(printf "\\x$(printf %02x "$i")x")
	done
	echo all >"src/${name:0:200}.jpg"
	for name in ' lead' '#hash' ';semi' '*star[1]' '-dash' '~tilde ' 'ö ü 写真' 'a"b'"'"'c$d`e' '{b,c}' 'x\y' '%41'; do
		echo "$name" >"src/$name.jpg"
	done
	store_dir src
	gp-replicate "$one"
	run -0 bare gp-restore --from "$one" --to "$to"
	same 12 "$(find "$to/$folder" -type f ! -name SHA256SUMS | wc -l)"
	same "$(cd "$GP_ARCHIVE/$folder" && find . -type f -exec sha256sum {} + | sort)" \
		"$(cd "$to/$folder" && find . -type f -exec sha256sum {} + | sort)"
	GP_ARCHIVE=$to run -0 gp-index --check
}

@test "what SQLite left of an index that is gone does not eat the restored one" {
	archive_make 3
	gp-replicate "$one"
	cp "$index" used.db
	mkdir -p to/.gp
	sqlite3 used.db "INSERT INTO event (at, kind) VALUES (1, 'stale'); DELETE FROM item_album; DELETE FROM item" \
		".shell cp used.db-wal to/.gp/index.db-wal" >/dev/null
	[ -s to/.gp/index.db-wal ]
	run -0 gp-restore --from "$one" --to "$PWD/to"
	same "3 0" "$(sqlite3 to/.gp/index.db "SELECT (SELECT count(*) FROM item) || ' ' || count(*) FROM event WHERE kind = 'stale'")"
	[ -s "$(echo to/.gp/index.db.replaced-*-wal)" ]
}

@test "a disc: what is on it comes back under its own names" {
	long_only
	archive_make 4
	gp-index --export | gp-pack --flush --label GP --parity 0 --capacity 20M | gp-index --packed >packed.ndjson
	disc=$PWD/disc
	cp -r "$GP_ARCHIVE/burn/GP-0001" "$disc"
	run -0 gp-restore --from "$disc" --to "$to"
	same_files "$to"
	rm -r "$to"
	run -0 gp-restore --from GP-0001 --to "$to" photo-3.jpg
	cmp src/photo-3.jpg "$to/$folder/photo-3.jpg"
	rm -r "$to"
	# the disc alone, years later
	run -0 env GP_ARCHIVE="$PWD/nothing" gp-restore --from "$disc" --to "$to"
	has "$output" "4 of 4 files restored"
	same_files "$to"
	rm -r "$to"
	run -0 gp-scrub "GP-0001=$disc"
	has "$output" "all 4 photos are good"
	same 4 "$(proofs GP-0001)"
	run -1 gp-scrub GP-0001
	has "$output" "GP-0001: was not read"
	same 4 "$(proofs GP-0001)"
	flip "$(grep -rl 'photo 2 ' "$disc/data")"
	run -1 gp-scrub nas "GP-0001=$disc"
	has "$output" "nas: 4 of 4 files read, 0 bad"
	has "$output" "photo-2.jpg"
	same failed "$(gp-index --stats | jq -r '.discs[0].state')"
	run -1 gp-restore --from "$disc" --to "$to"
	has "$output" "not restored: $folder/photo-2.jpg"
}

@test "kill -9 again and again: it goes on, and ends as if nothing had been" {
	long_only
	archive_make 30
	gp-replicate "$one"
	for n in 3 6 9 12; do
		HOME=$PWD/bare-home GP_ARCHIVE=$to killed "$((n / 10)).$((n % 10))" gp-restore --from "$one" --to "$to"
		# no name without its bytes
		for file in "$to/$folder"/*.jpg; do
			[ ! -e "$file" ] || cmp "$file" "src/${file##*/}"
		done
	done
	killed_some
	# the last of them may have come to its end
	if [ -e "$to/.gp/restore" ] || [ ! -e "$to/.gp/index.db" ]; then
		run bare gp-restore --from "$one" --to "$to"
		[ "$status" -eq 0 ] || fail "$output"
	fi
	same_files "$to"
	[ ! -e "$to/.gp/restore" ]
	GP_ARCHIVE=$to run -0 gp-index --check
}

@test "an rclone that fails at once: said each time, the work so far stays" {
	long_only
	local n turns
	turns=$(rounds 4 20)
	archive_make 2
	gp-replicate "$one"
	mkdir shim
	printf '#!/bin/sh\ncase " $* " in *" copy "*) exit 1 ;; esac\nexec %s "$@"\n' "$RCLONE" >shim/rclone
	chmod +x shim/rclone
	PATH=$PWD/shim:$PATH
	cpu=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
	for ((n = 0; n < turns; n++)); do
		run taskset -c "$cpu" gp-restore --from "$one" --to "$to" photo-1.jpg
		[ "$status" -eq 1 ] || fail "$output"
		has "$output" "not restored: $folder/photo-1.jpg"
		has_not "$output" "No such file"
	done
}

@test "a disk that is too small, or gets full: said, nothing half, and the next run ends it" {
	long_only
	mkdir src small
	for n in 1 2 3; do noise "photo-$n" 1000000 >"src/photo-$n.jpg"; done
	store_dir src
	gp-replicate "$one"
	mount -t tmpfs -o size=2M none small || skip "needs the right to mount"
	run gp-restore --from "$one" --to "$PWD/small"
	umount small
	same 2 "$status"
	has "$output" "nothing was fetched"
	mount -t tmpfs -o size=6M none small
	# somebody else writes there meanwhile
	# shellcheck disable=SC2016
	rclone_with '[[ $verb != *" copy "*files-from* ]] || head -c 4500000 /dev/zero >small/else'
	run gp-restore --from "$one" --to "$PWD/small"
	first=$status
	has "$output" "no space left: make room, then run this again"
	for file in "small/$folder"/*.jpg; do
		[ ! -e "$file" ] || cmp "$file" "src/${file##*/}" || first=half
	done
	rm small/else shim/rclone
	run gp-restore --from "$one" --to "$PWD/small"
	same_files "$PWD/small" || status=other
	umount small
	same "2 0" "$first $status" "$output"
}

@test "a folder that is not empty, a copy that is not there, wrong arguments: exit 2, nothing touched" {
	archive_make 2
	gp-replicate "$one"
	mkdir "$to"
	echo mine >"$to/letter.txt"
	run -2 gp-restore --from "$one" --to "$to"
	has "$output" "letter.txt"
	same letter.txt "$(ls -A "$to")"
	run -2 gp-restore --from nas --to "$GP_ARCHIVE"
	run -2 gp-restore --from "$PWD/none" --to "$to-2"
	run -2 gp-restore --from "none:photos" --to "$to-2"
	[ ! -e "$to-2" ]
	run -2 gp-restore --from "$one"
	run -2 gp-restore --from "$one" --to "$to-2" --album A photo-1.jpg
	rclone_with 'case $verb in *" copy "*) exit 1 ;; esac'
	run gp-restore --from "$one" --to "$to-3" photo-1.jpg
	[ "$status" -eq 1 ] || fail "$output"
	run -2 gp-restore --from "$one" --to "$to-3" photo-2.jpg
	has "$output" "unfinished restore of something else"
}
