#!/usr/bin/env bats
# SHA256SUMS that can't be read, or that says another thing than the index, is
# a proof still: nothing is taken or stored past it, and nothing written over it.
# builds: san
bats_require_minimum_version 1.5.0
load helper
load index

setup() {
	index_setup
	fill
	dir=$GP_ARCHIVE/$folder
	export ASAN_OPTIONS=$NO_LEAKS # it and strace don't go together
}

# unread CALL ERROR WHEN COMMAND...: where the WHEN-th CALL of the list fails
unread() {
	local place=(-P "$dir/SHA256SUMS" -P SHA256SUMS)
	# which folder's list --rebuild opens first is the file system's affair; what it
	# opens first in a folder is the list
	[ "$1 ${*: -1}" != "openat --rebuild" ] || place=(-P "$dir")
	strace -qq -f -o /dev/null "${place[@]}" \
		-e trace="$1" -e inject="$1:error=$2:when=$3" "${@:4}"
}

# long_list: the list is longer than what is read at once
long_list() {
	local n
	for n in {100..220}; do printf '%s  %s.jpg\n' "$(printf '%064d' 7)" "$n"; done |
		cat - "$dir/SHA256SUMS" >list
	mv list "$dir/SHA256SUMS"
}

@test "gp-index --rebuild: of a folder whose list can't be read nothing is taken, and the list stays" {
	local how
	long_list
	cp "$dir/SHA256SUMS" list
	lose
	printf alphX >"$dir/A.jpg"
	for how in "read EIO 1" "read EIO 2" "openat EACCES 1"; do
		rm -f "$index"*
		# shellcheck disable=SC2086 # words
		run -1 --separate-stderr unread $how gp-index --rebuild
		has "$stderr" "$folder: SHA256SUMS can't be read"
		[[ "$how" = *EIO* ]] && reason="Input/output error" || reason="Permission denied"
		has "$stderr" "$reason"
		has "$stderr" "1 things amiss"
		has_not "$stderr" "no sum"
		has_not "$stderr" missing
		cmp list "$dir/SHA256SUMS"
		same "photos-$quarter/C.mp4" "$(sql 'SELECT path FROM file')" "$how"
	done
	# what is left out is as it was once the list can be read
	rm "$index"*
	run -1 --separate-stderr gp-index --rebuild
	has "$stderr" "$folder/A.jpg: its bytes are not those that SHA256SUMS has"
	same rotten "$(sql "SELECT kind FROM event WHERE detail = '$folder/A.jpg'")"
}

# unwalked FAULT COMMAND...: with that fault where the folder itself is opened or read
unwalked() {
	strace -qq -f -o /dev/null -P "$dir" -P "$folder" \
		-e trace="${1%%:*}" -e inject="$1" "${@:2}"
}

@test "gp-index --check, --rebuild: a folder that can't be read is named, and the rest is walked" {
	local fault
	cp "$dir/SHA256SUMS" list
	echo stray >"${dir%/*}/photos-$quarter/stray.jpg"
	for fault in openat:error=EACCES getdents64:error=EIO; do
		run -1 --separate-stderr unwalked "$fault" gp-index --check
		has "$stderr" "$folder: reading the folder: "
		has "$stderr" "photos-$quarter/stray.jpg"
		mv "$index" aside.db
		rm -f "$index"*
		run -1 --separate-stderr unwalked "$fault" gp-index --rebuild
		has "$stderr" "$folder: reading the folder: "
		same "photos-$quarter/C.mp4 photos-$quarter/stray.jpg" "$(sql 'SELECT path FROM file ORDER BY path' | xargs)" "$fault"
		cmp "$dir/SHA256SUMS" list
		mv aside.db "$index"
	done
}

@test "gp-index --rebuild: a link in place of a list leaves its folder out, not the rest" {
	lose
	mv "$dir/SHA256SUMS" list
	ln -s "$PWD/list" "$dir/SHA256SUMS"
	run -1 --separate-stderr gp-index --rebuild
	has "$stderr" "$folder: SHA256SUMS is a link, not the list: move it away and run this again"
	same "photos-$quarter/C.mp4" "$(sql 'SELECT path FROM file')"
	[ -L "$dir/SHA256SUMS" ]
	# where that is all there is, none is made
	lose
	rm -r "$GP_ARCHIVE/photos-$quarter"
	run -2 --separate-stderr gp-index --rebuild
	has "$stderr" "no index was made"
	has_not "$stderr" "no file of an archive is here"
	[ ! -e "$index" ]
}

@test "gp-index --record: nothing is stored in a folder whose list can't be read, and the list stays" {
	local line how
	lose
	rm "$dir/B.jpg"
	run -1 gp-index --rebuild
	line=$(grep 'B.jpg$' "$dir/SHA256SUMS")
	long_list
	cp "$dir/SHA256SUMS" list
	# a bad sector there: what goes elsewhere is stored
	for how in 1 2; do
		{
			staged x B.jpg other
			staged "w$how" "W$how.mp4" "whisky $how" 'del(.album)'
		} >record
		run -1 --separate-stderr unread read EIO "$how" gp-index --record <record
		same "io null" "$(jq -r .error.code <<<"$output" | xargs)"
		has "$output" "SHA256SUMS of $folder can't be read: Input/output error"
		cmp list "$dir/SHA256SUMS"
	done
	{
		staged x B.jpg other
		staged y C.jpg yankee
		staged z Z.mp4 zulu 'del(.album)'
	} >record
	run -1 --separate-stderr unread openat EACCES 1..2 gp-index --record <record
	same "io io null" "$(jq -r .error.code <<<"$output" | xargs)"
	has "$(jq -r .error.message <<<"$output")" "SHA256SUMS of $folder can't be read: Permission denied"
	cmp list "$dir/SHA256SUMS"
	# and when it can be, the name is B's still
	run -0 gp-index --record < <(head -n 1 record)
	has "$(jq -r .path <<<"$output")" "$folder/B-"
	same "$line" "$(grep ' B.jpg$' "$dir/SHA256SUMS")"
}

# the file, its list gone, is taken in as it is; then the list comes back
adopt_rotten() {
	good=$(grep 'A.jpg$' "$dir/SHA256SUMS")
	lose
	mv "$dir/SHA256SUMS" list
	printf alphX >"$dir/A.jpg"
	rotten=$(cd "$dir" && sha256sum A.jpg)
	gp-index --rebuild # nothing speaks against it
	cp list "$dir/SHA256SUMS"
}

@test "gp-index --record: a list that says another sum than the index keeps it until a person settles that" {
	adopt_rotten
	run -1 --separate-stderr gp-index --check
	has "$stderr" "$folder/A.jpg: SHA256SUMS and the index have different sums: look at the file"
	run -0 --separate-stderr gp-index --record < <(staged d D.jpg delta)
	has "$stderr" "$folder/A.jpg: SHA256SUMS has another sum of it than the index"
	same "contradicted|$folder/A.jpg|${good%% *}" \
		"$(sql 'SELECT kind, detail, lower(hex(file)) FROM event')"
	# and so after each run, said once
	run -0 --separate-stderr gp-index --record < <(staged e E.jpg echo)
	same "" "$stderr"
	same "$rotten"$'\n'"$good" "$(grep ' A.jpg$' "$dir/SHA256SUMS")"
	same 5 "$(wc -l <"$dir/SHA256SUMS")"
	same 1 "$(gp-index --stats | jq .unsettled.files)"
	run -1 --separate-stderr gp-index --check
	same 1 "$(grep -c "A.jpg" <<<"$stderr")"
	# a new index believes neither blindly
	cp "$dir/SHA256SUMS" both
	cp "$index" aside.db
	lose
	run -1 --separate-stderr gp-index --rebuild
	has "$stderr" "another sum of A.jpg than one before it"
	staged f F.jpg foxtrot | gp-index --record
	same 1 "$(gp-index --stats | jq .unsettled.files)"
	[ "$(grep -cFxf both "$dir/SHA256SUMS")" = 5 ]
	gp-index --accept "$folder/A.jpg" "it looks as it should"
	same "$rotten" "$(grep ' A.jpg$' "$dir/SHA256SUMS")"
	same 0 "$(gp-index --stats | jq .unsettled.files)"
	gp-index --check
	# settled for good, should the list come back again
	cp both "$dir/SHA256SUMS"
	staged g G.jpg golf | gp-index --record
	same "$rotten" "$(grep ' A.jpg$' "$dir/SHA256SUMS")"
	same 0 "$(gp-index --stats | jq .unsettled.files)"
}

@test "gp-index --accept: a list's other sum, before any run met it" {
	adopt_rotten
	run -0 gp-index --accept "$folder/A.jpg" "it looks as it should"
	same "contradicted accepted" "$(sql "SELECT kind FROM event WHERE lower(hex(file)) = '${good%% *}' ORDER BY event" | xargs)"
	same "$rotten" "$(grep ' A.jpg$' "$dir/SHA256SUMS")"
	gp-index --check
	run -2 --separate-stderr gp-index --accept "$folder/A.jpg" again
	has "$stderr" "no open failure has this id"
}

@test "gp-index --record: what a list says against the index is over when those bytes are stored" {
	adopt_rotten
	staged d D.jpg delta | gp-index --record
	same 1 "$(gp-index --stats | jq .unsettled.files)"
	run -0 gp-index --record < <(staged a A.jpg alpha)
	same "${good%% *}" "$(cd "$dir" && sha256sum "$(basename "$(jq -r .path <<<"$output")")" | cut -d ' ' -f 1)"
	same 0 "$(gp-index --stats | jq .unsettled.files)"
	same "$rotten" "$(grep ' A.jpg$' "$dir/SHA256SUMS")"
	gp-index --check
}

@test "gp-index --record: and so where they are stored in another folder, or the line was lost meanwhile" {
	adopt_rotten
	staged d D.jpg delta | gp-index --record
	rm "$dir/SHA256SUMS"
	gp-index --record </dev/null
	same "$rotten"$'\n'"$good" "$(grep ' A.jpg$' "$dir/SHA256SUMS")"
	sed -i "/${good%% *}/d" "$dir/SHA256SUMS"
	gp-index --record </dev/null
	same "$rotten"$'\n'"$good" "$(grep ' A.jpg$' "$dir/SHA256SUMS")"
	gp-index --record --folder elsewhere < <(staged a A.jpg alpha) >out
	same elsewhere/A.jpg "$(jq -r .path out)"
	same "$rotten" "$(grep ' A.jpg$' "$dir/SHA256SUMS")"
	gp-index --check
}

@test "gp-index --record: and so where it is killed as it stores them" {
	local call n killed=0
	adopt_rotten
	staged d D.jpg delta | gp-index --record
	staged a A.jpg alpha >record
	cp -a "$GP_ARCHIVE" before
	for call in renameat2 fsync fdatasync unlinkat; do
		for n in 1 2 3 4; do
			rm -rf "$GP_ARCHIVE"
			cp -a before "$GP_ARCHIVE"
			strace -qq -f -o trace -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
				gp-index --record --folder elsewhere <record >/dev/null 2>&1 || true
			! grep -q 'killed by SIGKILL' trace || killed=$((killed + 1))
			staged a A.jpg alpha | gp-index --record --folder elsewhere >out 2>/dev/null
			same "$rotten" "$(grep ' A.jpg$' "$dir/SHA256SUMS")" "killed at $call $n"
			same 0 "$(gp-index --stats | jq .unsettled.files)"
			gp-index --check
		done
	done
	[ "$killed" -gt 5 ] || fail "killed $killed times"
}

@test "gp-index --record: of two lines of one name that contradict each other both stay, each with an event" {
	local other
	other=$(printf other | sha256sum | cut -c 1-64)
	echo "$other  A.jpg" >>"$dir/SHA256SUMS"
	staged d D.jpg delta | gp-index --record
	same "contradicted|$folder/A.jpg|$other" "$(sql 'SELECT kind, detail, lower(hex(file)) FROM event')"
	# and of a file that is as neither says
	printf neither >"$dir/A.jpg"
	lose
	run -1 --separate-stderr gp-index --rebuild
	staged e E.jpg echo | gp-index --record
	same 2 "$(grep -c ' A.jpg$' "$dir/SHA256SUMS")"
	same 2 "$(sql "SELECT count(DISTINCT file) FROM event WHERE detail = '$folder/A.jpg'")"
	# what is as one of them says is not lost
	printf other >"$dir/A.jpg"
	run -2 --separate-stderr gp-index --accept "$folder/A.jpg" "lost"
	has "$stderr" "there is nothing to accept"
	printf neither >"$dir/A.jpg"
	gp-index --accept "$folder/A.jpg" "lost"
	run ! grep -q ' A.jpg$' "$dir/SHA256SUMS"
	same 0 "$(gp-index --stats | jq .unsettled.files)"
}

@test "gp-index --accept: settles what lists say of one path, and not of the same bytes elsewhere" {
	local sum
	sum=$(printf '%064d' 7)
	printf '%s  %s\n' "$sum" A.jpg "$sum" B.jpg >>"$dir/SHA256SUMS"
	staged d D.jpg delta | gp-index --record
	same 2 "$(gp-index --stats | jq .unsettled.files)"
	gp-index --accept "$folder/A.jpg" "it looks as it should"
	staged e E.jpg echo | gp-index --record
	same "$sum  B.jpg" "$(grep "$sum" "$dir/SHA256SUMS")"
	same 1 "$(gp-index --stats | jq .unsettled.files)"
	run -1 --separate-stderr gp-index --check
	same "$folder/B.jpg" "$(grep -o "$folder/[A-Z].jpg: SHA" <<<"$stderr" | cut -d : -f 1)"
}

@test "gp-index --accept: of several lines of a name that the index does not know each sum is kept as an event" {
	local one two
	one=$(printf '%064d' 1) two=$(printf '%064d' 2)
	printf '%s  X.jpg\n' "$one" "$two" >>"$dir/SHA256SUMS"
	gp-index --accept "$folder/X.jpg" "it never was"
	run ! grep -q X.jpg "$dir/SHA256SUMS"
	same "$one $two" "$(sql "SELECT lower(hex(file)) FROM event WHERE kind = 'accepted' ORDER BY 1" | xargs)"
	same 0 "$(gp-index --stats | jq .unsettled.files)"
	gp-index --check
}

@test "gp-index: a list that can't be written, and that nothing changed, stops no other" {
	rm "$dir/A.jpg"
	lose
	mkdir "$dir/SHA256SUMS.gp-new"
	run -1 gp-index --rebuild
	run -0 gp-index --record </dev/null
	run -0 gp-index --record --folder elsewhere < <(staged e E.jpg echo)
	# what it said once and says no more comes back as soon as it can
	sed -i /A.jpg/d "$dir/SHA256SUMS"
	run -1 --separate-stderr gp-index --record </dev/null
	has "$stderr" "$folder: cannot write SHA256SUMS"
	rmdir "$dir/SHA256SUMS.gp-new"
	gp-index --record </dev/null
	grep -q A.jpg "$dir/SHA256SUMS"
}

@test "gp-index: a folder that was renamed by hand is a second copy once its photos came again, and has an end" {
	mv "$dir" "$GP_ARCHIVE/renamed"
	{ staged a A.jpg alpha && staged b B.jpg bravo; } | gp-index --record 2>/dev/null
	run -1 --separate-stderr gp-index --check
	has "$stderr" "renamed/A.jpg: stands in SHA256SUMS, and its bytes are stored as $folder/A.jpg: where that is sound (gp-scrub nas), remove this second copy"
	run -2 --separate-stderr gp-index --accept renamed/A.jpg "a second copy"
	has "$stderr" "its bytes are those that SHA256SUMS has, and are stored as $folder/A.jpg"
	rm "$GP_ARCHIVE"/renamed/*.jpg
	gp-index --accept renamed/A.jpg "a second copy"
	gp-index --check
}

@test "gp-index --record: a list that would say the same again is not written again" {
	local file
	adopt_rotten
	staged d D.jpg delta | gp-index --record
	file=$(stat -c %i "$dir/SHA256SUMS")
	gp-index --record </dev/null
	same "$file" "$(stat -c %i "$dir/SHA256SUMS")"
	same "" "$(find "$dir" -name '*.gp-new')"
	same 1 "$(gp-index --stats | jq .unsettled.files)"
}

@test "gp-index --check: what a list said once and says no more is named until it is settled" {
	local wrong
	wrong=$(printf '%064d' 7)
	cp "$dir/SHA256SUMS" right
	sed -i "s/^.*  A.jpg/$wrong  A.jpg/" "$dir/SHA256SUMS"
	lose
	run -1 gp-index --rebuild
	cp right "$dir/SHA256SUMS"
	run -1 --separate-stderr gp-index --check
	has "$stderr" "$folder/A.jpg: SHA256SUMS had a sum of it whose bytes are not stored"
	staged a A.jpg alpha | gp-index --record >out
	same "$folder/A.jpg" "$(jq -r .path out)"
	# both stay in the list, too
	same 2 "$(grep -c ' A.jpg$' "$dir/SHA256SUMS")"
	run -1 --separate-stderr gp-index --check
	has "$stderr" "$folder/A.jpg: SHA256SUMS and the index have different sums"
	has_not "$stderr" "had a sum of it"
	gp-index --accept "$folder/A.jpg" "the list was wrong"
	same 0 "$(gp-index --stats | jq .unsettled.files)"
	cmp right "$dir/SHA256SUMS"
	gp-index --check
}

@test "gp-index --rebuild: what gp gives no such name is named and left out, unless a list has it" {
	local name n=0
	lose
	mkdir "$GP_ARCHIVE/.stfolder"
	printf x >"$GP_ARCHIVE/.stfolder/README.jpg"
	for name in .nfs0001 .hidden.jpg -x.jpg A.jpg.3f2a.partial D.jpg.part D.jpg.TMP D.jpg.crdownload \
		.A.jpg.Xa3bQ9 A.jpg~ SHA256SUMS~ SHA256SUMS.bak sha256sums.old .picasa.ini .fuse_hidden01; do
		printf '%s' "litter $name" >"$dir/$name"
		n=$((n + 1))
	done
	printf listed >"$dir/.listed.jpg"
	(cd "$dir" && sha256sum .listed.jpg >>SHA256SUMS)
	run -1 --separate-stderr gp-index --rebuild
	same "$n" "$(grep -c "no name that gp gives.*left out" <<<"$stderr")"
	has "$stderr" "$folder/.picasa.ini: "
	has "$stderr" "$n things amiss"
	same "$folder/.listed.jpg $folder/A.jpg $folder/B.jpg photos-$quarter/C.mp4" \
		"$(sql 'SELECT path FROM file ORDER BY path' | xargs)"
	[ ! -e "$GP_ARCHIVE/.stfolder/SHA256SUMS" ]
	same 3 "$(wc -l <"$dir/SHA256SUMS")"
}

@test "gp-index: a photo called as a list or as what machines leave gets another name, and is found without its list" {
	local name n=0
	for name in SHA256SUMS.jpg Thumbs.db desktop.ini lost+found; do
		staged "odd $name" "$name" "photo $name"
		n=$((n + 1))
	done >records
	gp-index --record <records >out
	same $n "$(jq -s 'map(select(.status == "stored")) | length' out)"
	same "Thumbs-1.db _HA256SUMS.jpg desktop-1.ini lost+found-1" \
		"$(jq -r .path out | xargs -n 1 basename | LC_ALL=C sort | xargs)"
	lose
	rm "$dir/SHA256SUMS"
	run -0 --separate-stderr gp-index --rebuild
	same $((n + 3)) "$(sql 'SELECT count(*) FROM file')"
	gp-index --check
}

@test "gp-index: an extension stays, also one that downloads have, and the list tells that it is a photo" {
	for name in clip.part A.jpg~ D.crdownload; do staged "odd $name" "$name" "photo $name"; done |
		gp-index --record >out
	same "A.jpg~ D.crdownload clip.part" "$(jq -r .path out | xargs -n 1 basename | LC_ALL=C sort | xargs)"
	lose
	run -0 --separate-stderr gp-index --rebuild
	same 6 "$(sql 'SELECT count(*) FROM file')"
	gp-index --check
}

@test "gp-index --rebuild: what a list names is taken in, though machines leave such names" {
	printf listed >"$dir/Thumbs.db"
	printf other >"$dir/desktop.ini"
	(cd "$dir" && sha256sum Thumbs.db >>SHA256SUMS)
	lose
	run -0 --separate-stderr gp-index --rebuild
	same "$folder/Thumbs.db" "$(sql "SELECT path FROM file WHERE path LIKE '%.db' OR path LIKE '%.ini'")"
	gp-index --check
	# rotten, it is named, and healed by its bytes
	printf wrong >"$dir/Thumbs.db"
	lose
	run -1 --separate-stderr gp-index --rebuild
	has "$stderr" "$folder/Thumbs.db: its bytes are not those"
	gp-index --record < <(staged t T.jpg listed)
	same listed "$(cat "$dir/Thumbs.db")"
	gp-index --check
}

@test "gp-index --record: a list that the index's disk kept from being written says so" {
	local reads
	sql "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
		INSERT INTO file (sha256, size, path, folded, stored, original)
		SELECT CAST(printf('%032d', i) AS BLOB), 1, '$folder/' || printf('m%04d.jpg', i),
		lower('$folder/') || printf('m%04d.jpg', i), 1, 'yes' FROM n"
	printf alphX >"$dir/A.jpg"
	staged a A.jpg alpha >record
	cp "$index" whole.db
	cp "$dir/SHA256SUMS" list
	strace -qq -f -o calls -P "$index" -e trace=pread64 gp-index --record <record >/dev/null 2>&1
	reads=$(wc -l <calls)
	cp whole.db "$index"
	cp list "$dir/SHA256SUMS"
	rm -rf "$index"-* "$GP_ARCHIVE/.gp/quarantine"
	printf alphX >"$dir/A.jpg"
	staged a A.jpg alpha >record
	run -2 --separate-stderr strace -qq -f -o /dev/null -P "$index" -e trace=pread64 \
		-e inject="pread64:error=EIO:when=$((reads - 50))+" gp-index --record <record
	has_not "$stderr" "cannot write"
	has "$stderr" "$folder: SHA256SUMS stays as it is, for the index can't be read"
	same 2 "$(wc -l <"$dir/SHA256SUMS")"
}
