#!/usr/bin/env bats
# gp-scrub with stores that are folders; the clouds are in heal-s3.bats
# builds: plain long:san

bats_require_minimum_version 1.5.0
load helper
load copies

setup() {
	copies_setup
}

@test "all is well: every file of every copy is read, exit 0" {
	archive_make 4
	gp-replicate "$one"
	export GP_REMOTES=$one
	run -0 --separate-stderr gp-scrub
	has "$output" "nas: 4 of 4 files read, 0 bad"
	has "$output" "$one: 4 of 4 files read, 0 bad"
	same "" "$stderr"
	same 4 "$(proofs nas)"
}

@test "a person who looks on is told how far it is, cron is not" {
	long_only
	archive_make 4
	# a disk that is slow: nothing is read until that was said to who looks on. The
	# other began before, and would have said it by then.
	slow_until gp-hash 'grep -qs reading seen'
	cp -a "$GP_ARCHIVE" other
	gp-scrub -C other nas >out 2>err 3>&- &
	wait_for test -e slow
	run -0 --separate-stderr timeout "$PATIENCE" script -qefc "gp-scrub nas" seen
	has "$output" "gp-scrub: nas: reading: 0 of 4 files"
	has "$output" "nas: 4 of 4 files read, 0 bad"
	wait $!
	same "" "$(cat err)"
	has "$(cat out)" "nas: 4 of 4 files read, 0 bad"
}

@test "rot at equal size and time, loss, a stranger: found, and the proof is gone" {
	archive_make 5
	gp-replicate "$one"
	flip "$one/$folder/photo-1.jpg"
	rm "$one/$folder/photo-2.jpg"
	echo ransom >"$one/$folder/READ_ME.txt"
	run -1 gp-scrub "$one"
	has "$output" "$folder/photo-1.jpg (mismatch)"
	has "$output" "$folder/photo-2.jpg (missing)"
	has "$output" "$folder/READ_ME.txt"
	same 3 "$(proofs "$one")"
	[ -e "$one/$folder/READ_ME.txt" ]
	# and in the archive itself
	flip "$GP_ARCHIVE/$folder/photo-3.jpg"
	run -1 gp-scrub nas
	has "$output" "$folder/photo-3.jpg (mismatch)"
}

@test "--heal mends a remote from the archive; the bad bytes are kept, the event too" {
	archive_make 5
	gp-replicate "$one"
	flip "$one/$folder/photo-1.jpg"
	bad=$(sha256sum <"$one/$folder/photo-1.jpg")
	rm "$one/$folder/photo-2.jpg"
	head -c 3 "$GP_ARCHIVE/$folder/photo-3.jpg" >"$one/$folder/photo-3.jpg"
	run -0 gp-scrub --heal "$one"
	has "$output" "mended from nas"
	same_files "$one"
	same 5 "$(proofs "$one")"
	same "$bad" "$(find "$GP_ARCHIVE/.gp/quarantine" -name photo-1.jpg -exec cat {} + | sha256sum)"
	same 3 "$(sqlite3 "$index" "SELECT count(*) FROM event WHERE kind = 'healed'")"
	run -0 gp-scrub "$one"
}

@test "--heal mends the archive from a remote, also an encrypted one" {
	archive_make 5
	crypt_config secret "$two"
	gp-replicate "$one" secret:
	cp -a "$GP_ARCHIVE/$folder" truth
	flip "$GP_ARCHIVE/$folder/photo-1.jpg"
	rm "$GP_ARCHIVE/$folder/photo-2.jpg"
	# the first copy is no better
	flip "$one/$folder/photo-1.jpg"
	rm "$one/$folder/photo-2.jpg"
	export GP_REMOTES="$one secret:"
	run -0 gp-scrub --heal
	has "$output" "mended from secret:"
	for copy in "$GP_ARCHIVE/$folder" "$one/$folder"; do
		(cd "$copy" && sha256sum -c --quiet --strict "$BATS_TEST_TMPDIR/truth/SHA256SUMS")
	done
	(cd "$GP_ARCHIVE/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
	run -0 gp-index --check
	same 5 "$(proofs nas)"
	same 5 "$(proofs "$one")"
	[ -n "$(ls "$GP_ARCHIVE/.gp/quarantine")" ]
	[ ! -e "$GP_ARCHIVE/.gp/heal" ]
}

@test "where no good copy is left it is said, and stays so until a person settles it" {
	long_only
	archive_make 3
	gp-replicate "$one"
	flip "$one/$folder/photo-1.jpg"
	flip "$GP_ARCHIVE/$folder/photo-1.jpg"
	export GP_REMOTES=$one
	run -1 gp-scrub --heal
	has "$output" "NO GOOD COPY IS LEFT of $folder/photo-1.jpg (album Ezra, photo-1.jpg)"
	same 1 "$(gp-index --stats | jq .failures.open)"
	# both are as they were: no bytes of anybody were put in their place
	same "$(sha256sum <"$one/$folder/photo-1.jpg")" "$(sha256sum <"$GP_ARCHIVE/$folder/photo-1.jpg")"
	run -1 gp-scrub
	id=$(gp-index --export | jq -r 'select(.filename == "photo-1.jpg") | .id')
	gp-index --accept "$id" "lost in 2026"
	run -0 gp-scrub
	has "$output" "1 bad"
	# it turns up again
	archive_make 3
	run -0 gp-scrub --heal
	same 3 "$(proofs "$one")"
}

@test "a copy that does not answer is not taken for a bad one" {
	archive_make 3
	gp-replicate "$one" "$two"
	mv "$one" away
	flip "$GP_ARCHIVE/$folder/photo-1.jpg"
	rm "$two/$folder/photo-1.jpg"
	export GP_REMOTES="$one $two"
	run -1 gp-scrub --heal
	has "$output" "$one: it is not there"
	has "$output" "no good copy among those that answer"
	has_not "$output" "NO GOOD COPY IS LEFT"
	same 3 "$(proofs "$one")"
	mv away "$one"
	run -0 gp-scrub --heal
	same_files "$two"
}

@test "an archive that is not mounted is not filled by --heal" {
	archive_make 2
	gp-replicate "$one"
	mv "$GP_ARCHIVE/$folder" aside
	export GP_REMOTES=$one
	run -1 gp-scrub --heal nas
	has "$output" "is it mounted"
	[ ! -e "$GP_ARCHIVE/$folder" ]
}

@test "--budget: the oldest proof first, so that n runs read everything" {
	long_only
	archive_make 10
	gp-replicate "$one"
	# one that can't be mended must not stand in the way of the others
	flip "$one/$folder/photo-10.jpg"
	flip "$one/$folder/photo-1.jpg"
	sqlite3 "$index" "UPDATE copy SET proved = proved - 100000"
	for n in 1 2 3 4 5 6 7 8 9 10; do
		run gp-scrub --budget 10% "$one"
		[ "$status" -le 1 ]
		[ "$n" -ne 1 ] || has_not "$output" "10 of 10 files read"
	done
	has "$output" "2 bad"
	same 8 "$(proofs "$one")"
	same 0 "$(sqlite3 "$index" "SELECT count(*) FROM copy WHERE copy = '$one' AND proved < strftime('%s', 'now') - 50000")"
}

@test "GP_SCRUB_BUDGET differs by remote" {
	long_only
	archive_make 6
	gp-replicate "$one" "$two"
	export GP_REMOTES="$one $two" GP_SCRUB_BUDGET="$one=1 $two=100%"
	run -0 gp-scrub "$one" "$two"
	has "$output" "$one: 1 of 6 files read, 0 bad"
	has "$output" "$two: 6 of 6 files read, 0 bad"
}

@test "SHA256SUMS and the snapshot on a remote are read too, and mended" {
	long_only
	archive_make 3
	gp-replicate "$one"
	flip "$one/$folder/SHA256SUMS"
	flip "$one"/.gp/snapshots/index-*
	run -1 gp-scrub "$one"
	has "$output" "SHA256SUMS (mismatch)"
	has "$output" ".db.gz (mismatch)"
	run -0 gp-scrub --heal "$one"
	(cd "$one/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
	(cd "$one/.gp/snapshots" && sha256sum -c --quiet --strict newest)
}

@test "all of a remote is lost: --heal brings photos, lists of sums and the snapshot" {
	long_only
	# more than a pipe holds of what is lost
	archive_make 250
	gp-replicate "$one"
	find "$one" -mindepth 1 -delete
	run -1 gp-scrub "$one"
	run -0 gp-scrub --heal "$one"
	run -0 gp-scrub --heal "$one"
	same_files "$one"
	(cd "$one/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
	rm "$one/$folder/SHA256SUMS" "$one/.gp/snapshots/newest"
	run -1 gp-scrub "$one"
	has "$output" "SHA256SUMS (missing)"
	has "$output" "no snapshot of the index"
	run -0 gp-scrub --heal "$one"
	(cd "$one/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
	(cd "$one/.gp/snapshots" && sha256sum -c --quiet --strict newest)
}

@test "a reading that reads nothing proves nothing" {
	archive_make 3
	gp-replicate "$one"
	sqlite3 "$index" "UPDATE copy SET proved = 1000000000"
	# shellcheck disable=SC2016
	rclone_with '[[ $verb != *" hashsum "* ]] || exit 0'
	run -1 gp-scrub "$one"
	same 0 "$(sqlite3 "$index" "SELECT count(*) FROM copy WHERE copy = '$one' AND proved > 1000000000")"
}

@test "--heal killed at any time: the next one ends well" {
	long_only
	archive_make 6
	gp-replicate "$one"
	export GP_REMOTES=$one
	local begin took ms n
	harm() {
		flip "$one/$folder/photo-$1.jpg"
		rm -f "$GP_ARCHIVE/$folder/photo-6.jpg"
	}
	harm 1
	begin=$(uptime_ms)
	run -0 gp-scrub --heal
	took=$(($(uptime_ms) - begin))
	for n in 1 2 3 4 5; do
		harm "$n"
		ms=$((took * (2 * n - 1) / 10))
		killed "$((ms / 1000)).$(printf %03d "$((ms % 1000))")" gp-scrub --heal
	done
	killed_some
	run -0 gp-scrub --heal
	same_files "$one"
	run -0 gp-scrub
	same 6 "$(proofs nas)"
}

@test "--heal that brings the pointer back says what else is wrong all the same" {
	archive_make 2
	gp-replicate "$one"
	rm "$one/.gp/snapshots/newest"
	run -0 --separate-stderr gp-scrub --heal "$one"
	cmp "$GP_ARCHIVE/.gp/snapshots/newest" "$one/.gp/snapshots/newest"
	rm "$one/.gp/snapshots/newest"
	echo pay >"$one/READ_ME.txt"
	run -1 --separate-stderr gp-scrub --heal "$one"
	has "$stderr" READ_ME.txt
	cmp "$GP_ARCHIVE/.gp/snapshots/newest" "$one/.gp/snapshots/newest"
	# and where there is none to bring, or a rotten one
	rm "$one/READ_ME.txt" "$one/.gp/snapshots/newest"
	flip "$(echo "$GP_ARCHIVE"/.gp/snapshots/index-*)"
	run -1 --separate-stderr gp-scrub --heal "$one"
	has "$stderr" "there is no snapshot of the index"
	(cd "$one/.gp/snapshots" && sha256sum index-* | awk '{ exit index($2, $1) == 0 }')
	rm "$GP_ARCHIVE"/.gp/snapshots/index-*
	run -1 --separate-stderr gp-scrub --heal "$one"
	has "$stderr" "there is no snapshot of the index"
	gp-replicate "$one"
	run -0 gp-scrub --heal "$one"
}

@test "two at once on one copy: each notes what it found, and nothing is left lying about" {
	archive_make 3
	flip "$GP_ARCHIVE/$folder/photo-2.jpg"
	# the first is to give its note the name when the other has ended
	slow_program mv "test -e ended"
	PATH=$PWD/bin:$PATH gp-scrub nas >out 2>err 3>&- &
	wait_for test -e slow
	run -1 --separate-stderr gp-scrub nas
	has "$output" "nas: 3 of 3 files read, 1 bad"
	touch ended
	status=0
	wait $! || status=$?
	same 1 "$status"
	has "$(cat out)" "nas: 3 of 3 files read, 1 bad"
	same "$stderr" "$(cat err)"
	same "$folder/photo-2.jpg" "$(cat "$GP_ARCHIVE/.gp/scrub"/*)"
	same 1 "$(find "$GP_ARCHIVE/.gp/scrub" -mindepth 1 | wc -l)"
	same "" "$(ls -A "$TMPDIR")"
}

@test "killed as it writes what it found: the next run clears up, but not after one that is at work" {
	local kept
	archive_make 2
	slow_program mv false
	PATH=$PWD/bin:$PATH group_start gp-scrub nas
	wait_for test -e slow
	group_kill
	[ -n "$(ls -A "$TMPDIR")" ]
	rm slow
	PATH=$PWD/bin:$PATH group_start gp-scrub nas
	wait_for test -e slow
	kept=$(find "$TMPDIR" "$GP_ARCHIVE/.gp/scrub" -mindepth 1 -type d | LC_ALL=C sort)
	run -0 gp-scrub nas
	same "$kept" "$(find "$TMPDIR" "$GP_ARCHIVE/.gp/scrub" -mindepth 1 -type d | LC_ALL=C sort)"
	group_kill
	run -0 gp-scrub nas
	same "" "$(ls -A "$TMPDIR")"
	same 1 "$(find "$GP_ARCHIVE/.gp/scrub" -mindepth 1 | wc -l)"
}

@test "--heal writes the lists of sums that a run which was killed had still to write" {
	local list=$GP_ARCHIVE/$folder/SHA256SUMS
	archive_make 2
	printf 'one more' >src/photo-3.jpg
	gp-list --album Ezra dir:src | gp-index --new | gp-fetch | gp-hash >hashed
	# as the list is to get its name
	ASAN_OPTIONS=$NO_LEAKS strace -qq -f -o /dev/null -e trace=renameat -e inject=renameat:signal=KILL:when=1 \
		gp-index --record <hashed >stored || true
	[ -e "$GP_ARCHIVE/$folder/photo-3.jpg" ]
	same 0 "$(grep -c photo-3.jpg "$list")"
	run -1 gp-scrub nas
	has "$output" "SHA256SUMS is not what the index says"
	run -0 gp-scrub --heal nas
	has "$output" "nas: 3 of 3 files read, 0 bad"
	same 1 "$(grep -c photo-3.jpg "$list")"
	(cd "$GP_ARCHIVE/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
}

# owe: an index that does not know photo-1 (rotten), photo-2 (gone) and photo-3
# (as it was); their lines stay
owe() {
	echo rot >"$GP_ARCHIVE/$folder/photo-1.jpg"
	rm "$GP_ARCHIVE/$folder/photo-2.jpg" "$index"*
	mv "$GP_ARCHIVE/$folder/photo-3.jpg" .
	run -1 gp-index --rebuild
	gp-index --record </dev/null
	mv photo-3.jpg "$GP_ARCHIVE/$folder"
}

@test "what SHA256SUMS alone names is bad where it is not as it says, and --heal brings it back" {
	long_only
	archive_make 5
	gp-replicate "$one"
	export GP_REMOTES=$one
	owe
	same 3 "$(gp-index --stats | jq .unsettled.files)"
	flip "$one/$folder/photo-3.jpg"
	run -1 gp-scrub
	has "$output" "nas: bad: $folder/photo-1.jpg (mismatch), $folder/photo-2.jpg (missing), $folder/photo-3.jpg (unknown)"
	has "$output" "nas: 2 of 2 files read, 3 bad"
	has "$output" "$one: bad: $folder/photo-3.jpg (mismatch)"
	has_not "$output" strangers
	run -0 gp-scrub --heal
	has "$output" "nas: made known to the index, and proved: $folder/photo-3.jpg"
	has "$output" "nas: mended from $one, and proved: $folder/photo-1.jpg, $folder/photo-2.jpg"
	has "$output" "$one: mended from nas, and proved: $folder/photo-3.jpg"
	same_files "$one"
	same rot "$(cat "$GP_ARCHIVE"/.gp/quarantine/*-*[0-9])"
	(cd "$GP_ARCHIVE/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
	same 5 "$(grep -c . "$GP_ARCHIVE/$folder/SHA256SUMS")"
	same "0 5" "$(gp-index --stats | jq -r '"\(.unsettled.files) \(.files)"')"
	gp-index --check
	run -0 gp-scrub
	has "$output" "$one: 5 of 5 files read, 0 bad"
	run -0 gp-replicate
}

@test "what SHA256SUMS alone names and no copy has is said, until a person settles it" {
	long_only
	archive_make 3
	gp-replicate "$one"
	export GP_REMOTES=$one
	rm "$GP_ARCHIVE/$folder/photo-2.jpg" "$one/$folder/photo-2.jpg" "$index"*
	run -1 gp-index --rebuild
	run -1 gp-scrub --heal
	has "$output" "NO GOOD COPY IS LEFT of $folder/photo-2.jpg, which SHA256SUMS names"
	has "$output" "gp-index --accept '$folder/photo-2.jpg' REASON"
	gp-index --accept "$folder/photo-2.jpg" "lost in 2026"
	# lists that somebody keeps in a folder of theirs are no matter of ours
	mkdir "$GP_ARCHIVE/mine"
	printf '%064d  sub/a.jpg\nhello\n' 1 >"$GP_ARCHIVE/mine/SHA256SUMS"
	run -0 --separate-stderr gp-replicate
	same "" "$stderr"
	rm -r "$GP_ARCHIVE/mine"
	run -0 gp-scrub
}

# rot_adopted: photo-1 rots while its list is away, a new index takes it in, and
# the list comes back
rot_adopted() {
	mv "$GP_ARCHIVE/$folder/SHA256SUMS" list
	flip "$GP_ARCHIVE/$folder/photo-1.jpg"
	rm "$index"*
	gp-index --rebuild
	mv list "$GP_ARCHIVE/$folder/SHA256SUMS"
	gp-index --record </dev/null
}

@test "a folder that was renamed by hand: --heal nas finds its photos there, and no other copy is asked" {
	archive_make 2
	mv "$GP_ARCHIVE/$folder" "$GP_ARCHIVE/renamed"
	echo rot >"$GP_ARCHIVE/renamed/photo-2.jpg"
	run -1 --separate-stderr gp-scrub --heal nas
	has "$stderr" "nas: not one file of the index is in"
	# a copy of that, in which they are spoiled, hides them not
	cp -a "$GP_ARCHIVE/renamed" "$GP_ARCHIVE/again"
	echo rot >"$GP_ARCHIVE/again/photo-1.jpg"
	mkdir "$GP_ARCHIVE/$folder"
	mkdir more && echo news >more/news.jpg && store_dir more
	run -1 --separate-stderr gp-scrub --heal nas
	has "$stderr" "nas: mended from another folder of the archive, and proved: $folder/photo-1.jpg"
	has "$stderr" "NO GOOD COPY IS LEFT of $folder/photo-2.jpg"
	cmp "$GP_ARCHIVE/renamed/photo-1.jpg" "$GP_ARCHIVE/$folder/photo-1.jpg"
	[ ! -e "$GP_ARCHIVE/.gp/heal" ]
}

@test "a folder of the archive that can't be read is named, and the others are read and mended" {
	local other
	archive_make 2
	mkdir more && echo news >more/news.jpg && store_dir more "Müller's"
	gp-replicate "$one"
	export GP_REMOTES=$one
	other=$(cd "$GP_ARCHIVE" && echo m*)
	# what is beside it can be listed, and is no stranger for that
	mkdir "$GP_ARCHIVE/$other/sub"
	echo rot >"$GP_ARCHIVE/$folder/photo-1.jpg"
	mkdir shim
	printf '#!/bin/sh\nexec strace -qq -o /dev/null -P %q -P sub -e trace=openat -e inject=openat:error=EACCES %q "$@"\n' \
		"$GP_ARCHIVE/$other/sub" "$(command -v find)" >shim/find
	chmod +x shim/find
	PATH=$PWD/shim:$PATH run -1 --separate-stderr gp-scrub --heal nas
	has "$stderr" "nas: can't be read, and nothing is said of what is in them: $other"
	has "$stderr" "nas: mended from $one, and proved: $folder/photo-1.jpg"
	has_not "$stderr" "NO GOOD COPY"
	has_not "$stderr" strangers
	has "$output" "nas: 1 of 2 files read, 1 bad"
	run -0 gp-scrub
}

@test "an index of nothing but what the lists name: --heal nas brings it from a copy" {
	archive_make 2
	gp-replicate "$one"
	export GP_REMOTES=$one
	for n in 1 2; do echo rot >"$GP_ARCHIVE/$folder/photo-$n.jpg"; done
	rm "$index"*
	run -1 gp-index --rebuild
	run -2 gp-replicate
	has "$output" "gp-scrub --heal nas brings what SHA256SUMS names"
	run gp-scrub --heal nas
	[ "$status" -eq 0 ] || fail "$output"
	same_files "$one"
	same "2 0" "$(gp-index --stats | jq -r '"\(.files) \(.unsettled.files)"')"
	gp-index --check
}

@test "a list that says another sum than the index: no copy is written over, and --heal nas brings what it names" {
	archive_make 3
	gp-replicate "$one"
	export GP_REMOTES=$one
	rot_adopted
	mkdir more && echo news >more/news.jpg
	store_dir more Ezra
	good=$(grep photo-1 "$one/$folder/SHA256SUMS")
	run -1 --separate-stderr gp-replicate
	has "$stderr" "SHA256SUMS has another sum of these than the index, and which is right gp can't tell"
	has_not "$stderr" "is not what the index says"
	cmp "$GP_ARCHIVE/$folder/SHA256SUMS" "$one/$folder/SHA256SUMS"
	run -1 --separate-stderr gp-scrub --heal "$one"
	has "$stderr" "$one: left as they are until it is settled which bytes are right: gp-scrub --heal nas: $folder/photo-1.jpg"
	same "$good" "$(cd "$one/$folder" && sha256sum photo-1.jpg)"
	run -0 --separate-stderr gp-scrub --heal nas
	has "$stderr" "came from $one, and is stored in the archive beside what the index has: look at both, they are kept: $folder/photo-1.jpg (stored as $folder/photo-1-1.jpg)"
	same "${good%% *}  photo-1-1.jpg" "$(cd "$GP_ARCHIVE/$folder" && sha256sum photo-1-1.jpg)"
	(cd "$GP_ARCHIVE/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
	same 0 "$(gp-index --stats | jq .unsettled.files)"
	gp-index --check
	# from here on it is a copy like any other
	run -1 gp-replicate
	run -0 gp-scrub --heal "$one"
	same_files "$one"
}

@test "a list that says another sum than the index, and what is there is as the list says: it is kept first" {
	local good
	archive_make 2
	gp-replicate "$one"
	export GP_REMOTES=$one
	flip "$GP_ARCHIVE/$folder/photo-1.jpg"
	good=$(cd "$GP_ARCHIVE/$folder" && sha256sum photo-1.jpg | tee -a SHA256SUMS | cut -c 1-64)
	mkdir more && echo news >more/news.jpg && store_dir more
	run -2 --separate-stderr gp-index --accept "$folder/photo-1.jpg" "mine"
	has "$stderr" "it is not as the index has it: gp-scrub --heal nas first"
	run -0 --separate-stderr gp-scrub --heal nas
	has "$stderr" "came from nas, and is stored in the archive beside what the index has"
	same "$good" "$(cd "$GP_ARCHIVE/$folder" && sha256sum photo-1-1.jpg | cut -c 1-64)"
	(cd "$GP_ARCHIVE/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
	run -0 gp-replicate
	same_files "$one"
}

@test "two sums for a name that the index does not know: no copy's is written over" {
	local sums
	archive_make 2
	gp-replicate "$one"
	cp -a "$one" "$two"
	flip "$two/$folder/photo-1.jpg"
	(cd "$two/$folder" && sha256sum photo-1.jpg) >>"$GP_ARCHIVE/$folder/SHA256SUMS"
	rm "$GP_ARCHIVE/$folder/photo-1.jpg" "$index"*
	run -1 gp-index --rebuild
	gp-index --record </dev/null
	sums=$(sha256sum "$one/$folder/photo-1.jpg" "$two/$folder/photo-1.jpg")
	export GP_REMOTES="$one $two"
	run -0 gp-scrub --heal "$one"
	run -0 gp-scrub --heal "$two"
	same "$sums" "$(sha256sum "$one/$folder/photo-1.jpg" "$two/$folder/photo-1.jpg")"
	# one after the other both come into the archive
	run -1 gp-scrub --heal
	has "$output" "SHA256SUMS has another sum of these than the index, and which is right gp can't tell"
	same "2 1" "$(gp-index --stats | jq -r '"\(.files) \(.unsettled.files)"')"
	run -0 gp-scrub --heal
	same "3 0" "$(gp-index --stats | jq -r '"\(.files) \(.unsettled.files)"')"
	(cd "$GP_ARCHIVE/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
}

@test "two sums for a name that the index does not know, and the file is as one of them: the other is no success" {
	local other
	archive_make 2
	gp-replicate "$one"
	export GP_REMOTES=$one
	other=$(printf other | sha256sum | cut -c 1-64)
	# of two lines --rebuild believes the first
	sed -i "1i $other  photo-1.jpg" "$GP_ARCHIVE/$folder/SHA256SUMS"
	rm "$index"*
	run -1 gp-index --rebuild
	run -1 --separate-stderr gp-scrub --heal nas
	has "$stderr" "nas: made known to the index, and proved: $folder/photo-1.jpg"
	has "$stderr" "SHA256SUMS has another sum of these than the index"
	has_not "$stderr" "NO GOOD COPY"
	has_not "$stderr" "NOT mended"
	same "2 1" "$(gp-index --stats | jq -r '"\(.files) \(.unsettled.files)"')"
	# where a copy has it, it is stored beside what is there
	printf other >"$one/$folder/photo-1.jpg"
	run -0 --separate-stderr gp-scrub --heal nas
	has "$stderr" "stored as $folder/photo-1-1.jpg"
	same 0 "$(gp-index --stats | jq .unsettled.files)"
}

@test "a list that says another sum than the index, and no copy has those bytes: said until a person settles it" {
	archive_make 2
	gp-replicate "$one"
	export GP_REMOTES=$one
	rot_adopted
	cp "$GP_ARCHIVE/$folder/photo-1.jpg" "$one/$folder"
	run -1 --separate-stderr gp-scrub --heal
	has "$stderr" "gp-index --accept PATH REASON"
	has "$output" "nas: 2 of 2 files read, 0 bad"
	gp-index --accept "$folder/photo-1.jpg" "it opens"
	run -0 --separate-stderr gp-replicate
	run -0 --separate-stderr gp-scrub --heal
	same "" "$stderr"
}

# lost: the index and its list are gone, and photo-1.jpg is not what it was
lost() {
	gp-replicate "$one"
	export GP_REMOTES=$one
	good=$(cd "$one/$folder" && sha256sum photo-1.jpg | cut -c 1-64)
	flip "$GP_ARCHIVE/$folder/photo-1.jpg"
	rm "$GP_ARCHIVE/$folder/SHA256SUMS" "$index"*
	gp-index --rebuild
	gp-index --record </dev/null
}

@test "an archive that lost its index, its lists and a photo: what the remote's own list names comes home before anything is written over there" {
	local good
	archive_make 3
	# a folder before this one, and its list behind
	mkdir trip && echo sand >trip/sand.jpg
	gp-list --album Ezra dir:trip | gp-index --new | gp-fetch | gp-hash |
		gp-index --record --folder "${folder%%-*}" >stored.ndjson
	lost
	run -1 --separate-stderr gp-replicate
	has "$stderr" "$one: its SHA256SUMS names bytes of these that the archive does not know, and was left as it is (gp-scrub --heal $one stores them here, if they are there still): $folder/photo-1.jpg"
	has "$output" "$one: 4 of 4 files are there, 0 sent now, 3 proved now"
	grep -q "^$good  photo-1.jpg" "$one/$folder/SHA256SUMS"
	# a second time it is no older news
	run -1 --separate-stderr gp-replicate
	has "$stderr" "its SHA256SUMS names bytes of these"
	run -1 --separate-stderr gp-scrub --heal "$one"
	has "$stderr" "$one: what its SHA256SUMS names of these came from $one, and is stored in the archive beside what the index has: look at both, they are kept: $folder/photo-1.jpg (stored as $folder/photo-1-1.jpg)"
	has "$stderr" "$one: left until gp-replicate has sent what these name: $folder/SHA256SUMS"
	same "$good" "$(cd "$GP_ARCHIVE/$folder" && sha256sum photo-1-1.jpg | cut -c 1-64)"
	(cd "$GP_ARCHIVE/$folder" && sha256sum -c --quiet --strict SHA256SUMS)
	run -0 gp-replicate
	run -0 gp-scrub
	same_files "$one"
	same "$good" "$(cd "$one/$folder" && sha256sum photo-1-1.jpg | cut -c 1-64)"
}

@test "a photo that only a remote and its list still know comes home with --heal" {
	archive_make 3
	gp-replicate "$one"
	export GP_REMOTES=$one
	rm "$GP_ARCHIVE/$folder/photo-1.jpg" "$GP_ARCHIVE/$folder/SHA256SUMS" "$index"*
	gp-index --rebuild
	gp-index --record </dev/null
	run -1 gp-replicate
	has "$output" "does not know, and was left as it is"
	run -1 gp-scrub --heal "$one"
	same_files "$one"
	run -0 gp-replicate
	run -0 gp-scrub
}

@test "a remote's list names bytes that no copy has any more: it is kept before it is written over, and that is no success" {
	local good kept
	archive_make 2
	lost
	echo rot >"$one/$folder/photo-1.jpg"
	# a source that does not answer may have them
	run -1 gp-scrub --heal "$one" "$PWD/gone/"
	grep -q "^$good  photo-1.jpg" "$one/$folder/SHA256SUMS"
	same rot "$(cat "$one/$folder/photo-1.jpg")"
	run -1 --separate-stderr gp-scrub --heal "$one"
	has "$stderr" "$one: NO COPY HAS the bytes that its SHA256SUMS names of these: $folder/photo-1.jpg"
	kept=$(sed -n 's/.*its own lists of sums are kept in \(.*\): .*/\1/p' <<<"$stderr")
	grep -q "^$good  photo-1.jpg" "$kept/$folder/SHA256SUMS"
	same_files "$one"
	run -0 gp-replicate
	run -0 gp-scrub --heal
}

@test "bytes that a remote's list names and that can't be read there, or stored here: left" {
	local good path=$PATH
	archive_make 2
	lost
	rclone_with 'case $verb in *" copy "*heal.list*) echo "permission denied" >&2; exit 1 ;; esac'
	run -1 --separate-stderr gp-scrub --heal "$one"
	has "$stderr" "$one: left as they are, for the bytes that its SHA256SUMS names of these could not be stored here"
	has_not "$stderr" "NO COPY HAS"
	same "$good" "$(cd "$one/$folder" && sha256sum photo-1.jpg | cut -c 1-64)"
	grep -q "^$good  photo-1.jpg" "$one/$folder/SHA256SUMS"
	PATH=$path
	# no room, or no right, to store it here
	mkdir shim2
	printf '#!/bin/sh\n[ "$1" != --record ] || [ "$2" != --folder ] || exit 1\nexec %s/gp-index "$@"\n' "$GP_BIN" >shim2/gp-index
	chmod +x shim2/gp-index
	PATH=$PWD/shim2:$PATH run -1 --separate-stderr gp-scrub --heal "$one"
	has_not "$stderr" "NO COPY HAS"
	same "$good" "$(cd "$one/$folder" && sha256sum photo-1.jpg | cut -c 1-64)"
	run -1 gp-scrub --heal "$one"
	run -0 gp-replicate
	run -0 gp-scrub
	same_files "$one"
}

@test "a remote whose lists can't be read: nothing is written over there" {
	local good path=$PATH
	archive_make 2
	lost
	rclone_with 'case $verb in *" copy "*lists.names*) echo refused >&2; exit 1 ;; esac'
	run -1 --separate-stderr gp-replicate
	has "$stderr" "$one: $folder/SHA256SUMS can't be read there, and nothing is written over in that folder: mend it, or where it is lost: rclone deletefile $one/$folder/SHA256SUMS"
	run -1 --separate-stderr gp-scrub --heal "$one"
	has "$stderr" "$one: $folder/SHA256SUMS can't be read there"
	has_not "$stderr" "mended from"
	grep -q "^$good  photo-1.jpg" "$one/$folder/SHA256SUMS"
	same "$good" "$(cd "$one/$folder" && sha256sum photo-1.jpg | cut -c 1-64)"
	# the way out that was said
	PATH=$path
	rclone deletefile "$one/$folder/SHA256SUMS"
	run -0 gp-scrub --heal "$one"
	run -0 gp-replicate
	same_files "$one"
}

@test "a remote's list with lines that are no sums: left by gp-replicate, kept here before --heal writes over it" {
	local good
	archive_make 3
	lost
	cp "$one/$folder/photo-1.jpg" "$GP_ARCHIVE/$folder/"
	rm "$GP_ARCHIVE/$folder/SHA256SUMS" "$index"*
	gp-index --rebuild
	gp-index --record </dev/null
	sed -i 's/$/\r/' "$one/$folder/SHA256SUMS"
	mkdir more && echo news >more/news.jpg && store_dir more
	run -1 --separate-stderr gp-replicate
	has "$stderr" "$one: lines of these are no sums, as gp writes them, and they were left as they are (gp-scrub --heal $one keeps them here, and sends ours): $folder/SHA256SUMS"
	run -0 --separate-stderr gp-scrub --heal "$one"
	has "$stderr" "$one: its own lists of sums are kept in $GP_ARCHIVE/.gp/quarantine/"
	same 3 "$(cat "$GP_ARCHIVE"/.gp/quarantine/*/*/"$folder/SHA256SUMS" | grep -c $'\r$')"
	run -0 gp-replicate
	run -0 gp-scrub
}

@test "two remotes that say the same against the archive are healed in one run" {
	local good
	archive_make 2
	gp-replicate "$two"
	lost
	GP_REMOTES="$one $two"
	echo rot >"$two/$folder/photo-1.jpg"
	run -1 --separate-stderr gp-scrub --heal "$one" "$two"
	has "$stderr" "stored as $folder/photo-1-1.jpg"
	has_not "$stderr" "NO COPY HAS"
	run -0 gp-replicate
	run -0 gp-scrub
	same_files "$one"
	same_files "$two"
}

@test "a copy that has the file and can't give it: that is no lost photo, and the next run brings it" {
	archive_make 2
	gp-replicate "$one"
	export GP_REMOTES=$one
	echo rot >"$GP_ARCHIVE/$folder/photo-1.jpg"
	local path=$PATH
	rclone_with 'case $verb in *" copy "*heal.list*) echo "permission denied" >&2; exit 1 ;; esac'
	run -1 --separate-stderr gp-scrub --heal nas
	has "$stderr" "nas: $folder/photo-1.jpg: no good copy, unless that in $one is one, which can't be read (its permissions, or the disk): mend that, then run this again"
	has_not "$stderr" "NO GOOD COPY"
	PATH=$path
	run -0 gp-scrub --heal nas
	same_files "$one"
}

@test "what a person has settled as lost is no stranger on a remote, and its list gives way" {
	archive_make 2
	gp-replicate "$one"
	export GP_REMOTES=$one
	rm "$GP_ARCHIVE/$folder/photo-1.jpg" "$index"*
	run -1 gp-index --rebuild
	echo rot >"$one/$folder/photo-1.jpg"
	run -1 gp-scrub --heal
	has "$output" "NO GOOD COPY IS LEFT of $folder/photo-1.jpg"
	gp-index --accept "$folder/photo-1.jpg" "we have it on paper"
	run gp-replicate
	[ "$status" -eq 0 ] || fail "$output"
	run -0 --separate-stderr gp-scrub --heal
	has "$stderr" "$one: settled as lost, and left alone: $folder/photo-1.jpg"
	has_not "$stderr" strangers
	same "$(cat "$GP_ARCHIVE/$folder/SHA256SUMS")" "$(cat "$one/$folder/SHA256SUMS")"
	echo new >"$one/$folder/other.jpg"
	run -1 gp-scrub "$one"
	has "$output" "strangers: the index knows nothing of these, and they were left alone; remove what is not wanted there: $folder/other.jpg"
}

@test "usage: an unknown copy, a budget that is none, an index without files" {
	run -2 gp-scrub nas
	archive_make 1
	run -2 gp-scrub usb
	has "$output" "there is no such copy"
	run -2 gp-scrub --budget lots nas
	run -2 gp-scrub --delete nas
}
