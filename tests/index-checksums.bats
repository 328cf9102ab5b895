#!/usr/bin/env bats
# SHA256SUMS is a proof: what it says of a file that the index does not know
# stays, until the file is healed or a person settles it.
# builds: san
bats_require_minimum_version 1.5.0
load helper
load index

setup() {
	index_setup
	fill
	dir=$GP_ARCHIVE/$folder
}

@test "gp-index --rebuild: what a list says of a spoiled file outlives the next --record, until it is healed" {
	local line
	line=$(grep 'A.jpg$' "$dir/SHA256SUMS")
	lose
	printf alphX >"$dir/A.jpg"
	run -1 gp-index --rebuild
	staged d D.jpg delta | gp-index --record >out
	same stored "$(jq -r .status out)"
	same "$line" "$(grep 'A.jpg$' "$dir/SHA256SUMS")"
	same "$(sort -k 2 "$dir/SHA256SUMS")" "$(cat "$dir/SHA256SUMS")"
	run -1 --separate-stderr bash -c 'cd "$1" && sha256sum -c SHA256SUMS' _ "$dir"
	has "$output" "A.jpg: FAILED"
	same 2 "$(grep -c ': OK$' <<<"$output")"
	run -1 --separate-stderr gp-index --check
	has "$stderr" "$folder/A.jpg: stands in SHA256SUMS, not in the index"
	has_not "$stderr" "of the index's"
	same 1 "$(gp-index --stats | jq .unsettled.files)"
	staged e E.jpg echo | gp-index --record >out
	same 1 "$(sql "SELECT count(*) FROM event WHERE detail = '$folder/A.jpg'")"
	# its bytes come again: they take the place that the list has for them
	staged a A.jpg alpha | gp-index --record >out 2>err
	same "stored $folder/A.jpg" "$(jq -r '"\(.status) \(.path)"' out)"
	has "$(cat err)" "$folder/A.jpg: rotten in the archive: the new copy takes its place"
	same alpha "$(cat "$dir/A.jpg")"
	same alphX "$(cat "$GP_ARCHIVE"/.gp/quarantine/*)"
	same healed "$(sql "SELECT kind FROM event WHERE detail = '$folder/A.jpg' ORDER BY event DESC LIMIT 1")"
	(cd "$dir" && sha256sum -c --quiet --strict SHA256SUMS)
	same 0 "$(gp-index --stats | jq .unsettled.files)"
	gp-index --check
}

@test "gp-index --record: killed as it heals what a list names, the next one ends it, and nothing is lost" {
	local call n killed=0
	lose
	export ASAN_OPTIONS=$NO_LEAKS # it and strace don't go together
	for call in renameat2 fsync fdatasync unlinkat; do
		for n in 1 2 3 5; do
			rm -rf "$index"* "$GP_ARCHIVE/.gp/quarantine"
			printf alphX >"$dir/A.jpg"
			gp-index --rebuild 2>/dev/null || true
			staged a A.jpg alpha >record
			strace -qq -f -o trace -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
				gp-index --record <record >/dev/null 2>&1 || true
			! grep -q 'killed by SIGKILL' trace || killed=$((killed + 1))
			staged a A.jpg alpha | gp-index --record >out 2>/dev/null
			same "$folder/A.jpg" "$(jq -r .path out)" "killed at $call $n"
			same "alpha alphX" "$(cat "$dir/A.jpg") $(cat "$GP_ARCHIVE"/.gp/quarantine/*)" "killed at $call $n"
			same 0 "$(gp-index --stats | jq .unsettled.files)"
			gp-index --check
		done
	done
	[ "$killed" -gt 5 ] || fail "killed $killed times"
}

@test "gp-index --rebuild: a file that can't be read keeps its line, beside those that the list lacked" {
	lose
	grep -v 'B.jpg$' "$dir/SHA256SUMS" >list
	cp list "$dir/SHA256SUMS"
	mv "$dir/A.jpg" A.jpg
	ln -s /nowhere "$dir/A.jpg"
	run -1 gp-index --rebuild
	same 2 "$(wc -l <"$dir/SHA256SUMS")"
	has "$(cat "$dir/SHA256SUMS")" "$(cat list)"
	has "$(cat "$dir/SHA256SUMS")" "B.jpg"
}

@test "gp-index --rebuild: a missing file stays in the list, and comes back to its place" {
	lose
	rm "$dir/B.jpg"
	run -1 gp-index --rebuild
	staged d D.jpg delta | gp-index --record >out
	grep -q 'B.jpg$' "$dir/SHA256SUMS"
	run -1 gp-index --check
	staged b other.jpg bravo | gp-index --record --folder elsewhere >out
	same "stored $folder/B.jpg" "$(jq -r '"\(.status) \(.path)"' out)"
	gp-index --check
}

@test "gp-index --accept: a spoiled file that SHA256SUMS names is settled, and kept aside" {
	lose
	printf alphX >"$dir/A.jpg"
	rm "$dir/B.jpg"
	run -1 gp-index --rebuild
	run -2 gp-index --accept "$folder/Z.jpg" "no such"
	run -2 gp-index --accept "../$folder/A.jpg" "not a path of ours"
	gp-index --accept "$folder/A.jpg" "the only copy"
	gp-index --accept "$folder/B.jpg" "thrown away"
	same 0 "$(wc -l <"$dir/SHA256SUMS")"
	same 0 "$(gp-index --stats | jq .unsettled.files)"
	same alphX "$(cat "$GP_ARCHIVE"/.gp/quarantine/*)"
	same "$folder/A.jpg: the only copy|$(printf alpha | sha256sum | cut -c 1-64)" \
		"$(sql "SELECT detail, lower(hex(file)) FROM event WHERE kind = 'accepted' ORDER BY event LIMIT 1")"
	gp-index --check
	staged d D.jpg delta | gp-index --record >out
	same D.jpg "$(cut -c 67- "$dir/SHA256SUMS")"
}

@test "gp-index --accept: killed at any step, once more it settles the file, and no half a list is left" {
	local call n killed=0
	lose
	printf alphX >"$dir/A.jpg"
	run -1 gp-index --rebuild
	cp -a "$GP_ARCHIVE" before
	export ASAN_OPTIONS=$NO_LEAKS # it and strace don't go together
	for call in renameat renameat2 fsync fdatasync; do
		for n in 1 2 3; do
			rm -rf "$GP_ARCHIVE"
			cp -a before "$GP_ARCHIVE"
			strace -qq -f -o trace -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
				gp-index --accept "$folder/A.jpg" "it is lost" >/dev/null 2>&1 || true
			! grep -q 'killed by SIGKILL' trace || killed=$((killed + 1))
			gp-index --record </dev/null 2>/dev/null
			same "" "$(find "$GP_ARCHIVE" -name '*.gp-new')" "killed at $call $n"
			gp-index --accept "$folder/A.jpg" "it is lost" 2>/dev/null || true
			same B.jpg "$(awk '{ print $2 }' "$dir/SHA256SUMS" | xargs)" "killed at $call $n"
			same alphX "$(cat "$GP_ARCHIVE"/.gp/quarantine/*)" "killed at $call $n"
			same 0 "$(gp-index --stats | jq .unsettled.files)"
			gp-index --check
		done
	done
	[ "$killed" -gt 4 ] || fail "killed $killed times"
}

@test "gp-index --accept: a sound file is not accepted as lost, though the index does not know it" {
	gp-index --backup copy.db
	staged d D.jpg delta | gp-index --record >out
	run -1 gp-index --restore copy.db
	run -2 --separate-stderr gp-index --accept "$folder/D.jpg" "why not"
	has "$stderr" "there is nothing to accept"
	same delta "$(cat "$dir/D.jpg")"
	grep -q 'D.jpg$' "$dir/SHA256SUMS"
}

@test "gp-index --restore of an older backup: no line of SHA256SUMS is lost, and no file is stored twice" {
	gp-index --backup copy.db
	{
		staged d D.jpg delta
		staged g G.jpg golf
	} | gp-index --record >out
	rm "$dir/G.jpg"
	run -1 gp-index --restore copy.db
	# and one that the list alone tells of
	printf '%s  H.jpg\n' "$(printf hotel | sha256sum | cut -c 1-64)" >>"$dir/SHA256SUMS"
	staged e E.jpg echo | gp-index --record >out
	same "A.jpg B.jpg D.jpg E.jpg G.jpg H.jpg" "$(cut -c 67- "$dir/SHA256SUMS" | xargs)"
	same "unknown|$folder/D.jpg missing|$folder/G.jpg missing|$folder/H.jpg" "$(sql 'SELECT kind, detail FROM event ORDER BY detail' | xargs)"
	(cd "$dir" && sha256sum -c --quiet --strict --ignore-missing SHA256SUMS)
	run -1 --separate-stderr gp-index --check
	has "$stderr" "$folder/D.jpg: stands in SHA256SUMS, not in the index"
	{
		staged d D.jpg delta
		staged g G.jpg golf
		staged h H.jpg hotel
	} | gp-index --record >out
	same "$folder/D.jpg $folder/G.jpg $folder/H.jpg" "$(jq -r .path out | xargs)"
	same 6 "$(sql "SELECT count(*) FROM file WHERE path LIKE '$folder/%'")"
	gp-index --check
}

@test "gp-index --record: what has the name and the bytes already is the file itself" {
	printf delta >"$dir/D.jpg"
	printf other >"$dir/E.jpg"
	{
		staged d D.jpg delta
		staged e E.jpg echo
	} | gp-index --record >out
	same "$folder/D.jpg $folder/E-1.jpg" "$(jq -r .path out | xargs)"
	same other "$(cat "$dir/E.jpg")"
	run find "$staging" -type f
	same "" "$output"
}

@test "gp-index --record: a line whose file went, with its bytes under another name, goes too" {
	printf '%s  Old.jpg\n' "$(printf alpha | sha256sum | cut -c 1-64)" >>"$dir/SHA256SUMS"
	staged d D.jpg delta | gp-index --record >out
	same "A.jpg B.jpg D.jpg" "$(cut -c 67- "$dir/SHA256SUMS" | xargs)"
	same "" "$(sql 'SELECT * FROM event')"
}

@test "gp-index --record: a list with lines of somebody else's is kept aside whole, once" {
	printf 'hello\n%064d  ../A.jpg\n%064d  Z.jpg\n%064d  Z.jpg\n' 1 2 3 >>"$dir/SHA256SUMS"
	cp "$dir/SHA256SUMS" list
	run -0 --separate-stderr gp-index --record < <(staged d D.jpg delta)
	has "$stderr" "$folder: SHA256SUMS has 2 lines that are none of gp's"
	cmp list "$GP_ARCHIVE"/.gp/quarantine/SHA256SUMS-*
	same "A.jpg B.jpg D.jpg Z.jpg Z.jpg" "$(cut -c 67- "$dir/SHA256SUMS" | xargs)"
	run -0 --separate-stderr gp-index --record < <(staged e E.jpg echo)
	same "" "$stderr"
}

@test "gp-index --record: what a killed one left of a list kept aside goes, nothing else that is kept" {
	mkdir -p "$GP_ARCHIVE/.gp/quarantine"
	cd "$GP_ARCHIVE/.gp/quarantine"
	touch SHA256SUMS-0123456789abcdef SHA256SUMS-0123456789abcdef.gp-new photo.jpg.gp-new
	gp-index --record </dev/null
	same "SHA256SUMS-0123456789abcdef photo.jpg.gp-new" "$(echo *)"
}

@test "gp-index --record: a list that can't be read is not written over" {
	mv "$dir/SHA256SUMS" list
	ln -s "$PWD/list" "$dir/SHA256SUMS"
	before=$(cat list)
	staged d D.jpg delta >record
	run -1 --separate-stderr gp-index --record <record
	same io "$(jq -r .error.code <<<"$output")"
	has "$output" "a link, not the list: move it away"
	[ -L "$dir/SHA256SUMS" ]
	same "$before" "$(cat list)"
	# what is healed there asks for no name, but for the list to be written
	printf alphX >"$dir/A.jpg"
	run -2 --separate-stderr gp-index --record < <(staged a A.jpg alpha)
	has "$stderr" "$folder: SHA256SUMS stays as it is, for it can't be read"
	[ -L "$dir/SHA256SUMS" ]
	same "$before" "$(cat list)"
	rm "$dir/SHA256SUMS"
	mv list "$dir/SHA256SUMS"
	gp-index --record <record
	same 3 "$(wc -l <"$dir/SHA256SUMS")"
	gp-index --check
}

@test "gp-index --rebuild: two lines for one name that contradict each other are said, and the list is kept" {
	lose
	echo "$(printf other | sha256sum | cut -c 1-64)  A.jpg" >>"$dir/SHA256SUMS"
	run -1 --separate-stderr gp-index --rebuild
	has "$stderr" "SHA256SUMS: line 3 has another sum of A.jpg than one before it"
	staged d D.jpg delta | gp-index --record >out 2>err
	grep -q "$(printf other | sha256sum | cut -c 1-64)" "$dir/SHA256SUMS"
}

# bats test_tags=unsanitized
@test "gp-index: a line of a list that has no end takes no memory, and is no sum" {
	local mode
	mv "$dir/SHA256SUMS" list
	{
		head -c 100M /dev/zero | tr '\0' a
		echo
		cat list
	} >"$dir/SHA256SUMS"
	staged d D.jpg delta >record
	for mode in --check "--record" --rebuild; do
		[ "$mode" != --rebuild ] || rm "$index"*
		# shellcheck disable=SC2086 # words
		env time -f %M -o peak gp-index $mode <record >out 2>err || [ $? -eq 1 ]
		[ "$(tail -n 1 peak)" -lt 32768 ] || fail "$mode: $(cat peak) KiB"
		[ "$mode" != --check ] || has "$(cat err)" "SHA256SUMS: line 1 is no sum"
		[ "$mode" != --record ] || same stored "$(jq -r .status out)"
	done
	same 4 "$(gp-index --stats | jq .files)"
}

@test "gp-index --rebuild: litter in any case, an office's lock and half a list of our own are not taken in" {
	lose
	for name in Desktop.ini THUMBS.DB '~$a.docx' B.jpg.gp-new; do echo "$name" >"$dir/$name"; done
	run -1 --separate-stderr gp-index --rebuild
	has "$stderr" '~$a.docx: is no name that gp gives a photo'
	has "$stderr" "B.jpg.gp-new: is no name that gp gives a photo"
	same 3 "$(gp-index --stats | jq .files)"
}

@test "gp-index --rebuild: a name that SHA256SUMS can't hold is named and left out" {
	local name
	lose
	for name in $'new\nline.jpg' 'back\slash.jpg' $'bell\a.jpg' $'latin-\xe9.jpg' sha256sums; do
		printf '%s' "$name" >"$dir/$name"
	done
	run -1 --separate-stderr gp-index --rebuild
	has "$stderr" "new?line.jpg: SHA256SUMS can't hold its name: left out"
	has "$stderr" 'back\slash.jpg: SHA256SUMS'
	same 5 "$(grep -c "can't hold its name" <<<"$stderr")"
	same 3 "$(sql 'SELECT count(*) FROM file')"
	same 2 "$(wc -l <"$dir/SHA256SUMS")"
}

@test "gp-index --record: a name that a list still owes is not taken by another photo, after --restore or --rebuild" {
	local line
	gp-index --backup saved.db
	staged d D.jpg delta | gp-index --record >out
	line=$(grep 'D.jpg$' "$dir/SHA256SUMS")
	rm "$dir/D.jpg"
	for how in "--restore saved.db" --rebuild; do
		[ "$how" != --rebuild ] || lose
		# shellcheck disable=SC2086 # words
		run -1 gp-index $how
		staged "x$how" D.jpg "other delta $how" | gp-index --record >out
		same stored "$(jq -r .status out)"
		has "$(jq -r .path out)" "$folder/D-"
		same "$line" "$(grep ' D.jpg$' "$dir/SHA256SUMS")" "$how"
		run -1 --separate-stderr gp-index --check
		has "$stderr" "$folder/D.jpg: stands in SHA256SUMS, not in the index"
		same 1 "$(gp-index --stats | jq .unsettled.files)"
	done
	# its own bytes take it
	staged d D.jpg delta | gp-index --record >out
	same "$folder/D.jpg" "$(jq -r .path out)"
	same "$line" "$(grep ' D.jpg$' "$dir/SHA256SUMS")"
	gp-index --check
	same 0 "$(gp-index --stats | jq .unsettled.files)"
}

@test "gp-index --rebuild: a list that an editor of Windows has saved is as good a proof" {
	lose
	printf alphX >"$dir/A.jpg"
	sed -i 's/$/\r/' "$dir/SHA256SUMS"
	run -1 --separate-stderr gp-index --rebuild
	has "$stderr" "A.jpg: its bytes are not those that SHA256SUMS has"
	has_not "$stderr" "is no sum"
	run -1 --separate-stderr gp-index --check
	has "$stderr" "$folder/A.jpg: stands in SHA256SUMS, not in the index"
	staged a A.jpg alpha | gp-index --record >out
	same "$folder/A.jpg" "$(jq -r .path out)"
	gp-index --check
}

# half_line FILE: the list's line of it has lost some of its sum; the list as it is
# then is in the file `list`
half_line() {
	sed -i "/ $1\$/s/^.\{10\}//" "$dir/SHA256SUMS"
	cp "$dir/SHA256SUMS" list
}

@test "gp-index --rebuild: what a line that is no sum may have named is taken in, said, and the list stays until that is settled" {
	lose
	half_line B.jpg
	printf braXo >"$dir/B.jpg"
	run -1 --separate-stderr gp-index --rebuild
	has "$stderr" "$folder: SHA256SUMS: line 2 is no sum"
	has "$stderr" "$folder/B.jpg: no line of SHA256SUMS vouches for it"
	has_not "$stderr" "A.jpg"
	same 3 "$(gp-index --export | wc -l)"
	same "unlisted|$folder/B.jpg|$(printf braXo | sha256sum | cut -c 1-64)" \
		"$(sql 'SELECT kind, detail, lower(hex(file)) FROM event')"
	cmp list "$dir/SHA256SUMS"
	run -1 --separate-stderr gp-index --record < <(staged d D.jpg delta)
	same stored "$(jq -r .status <<<"$output")"
	has "$stderr" "$folder: SHA256SUMS stays as it is"
	cmp list "$dir/SHA256SUMS"
	run -1 --separate-stderr gp-index --record </dev/null
	has "$stderr" "$folder/B.jpg"
	# a person has looked at the photo
	gp-index --accept "$folder/B.jpg" "it opens"
	run -0 gp-index --record </dev/null
	same "A.jpg B.jpg D.jpg" "$(cut -c 67- "$dir/SHA256SUMS" | xargs)"
	cmp list "$GP_ARCHIVE"/.gp/quarantine/SHA256SUMS-*
	gp-index --check
	run -2 gp-index --accept "$folder/B.jpg" "twice"
}

@test "gp-index --rebuild: beside a line that is no sum the same bytes, once more from the source, vouch for a file" {
	lose
	half_line A.jpg
	run -1 gp-index --rebuild
	run -0 --separate-stderr gp-index --record < <(staged a A.jpg alpha)
	same duplicate "$(jq -r .status <<<"$output")"
	same "known|$folder/A.jpg" "$(sql 'SELECT kind, detail FROM event ORDER BY event DESC LIMIT 1')"
	(cd "$dir" && sha256sum -c --quiet --strict SHA256SUMS)
	gp-index --check
}

@test "gp-index --rebuild: beside a line that is no sum a mended list, and the records of runs, vouch for a file" {
	local line
	lose
	line=$(grep A.jpg "$dir/SHA256SUMS")
	half_line A.jpg
	run -1 gp-index --rebuild
	printf '%s\n' "$line" "$(grep B.jpg list)" >"$dir/SHA256SUMS"
	run -0 gp-index --record < <(staged d D.jpg delta)
	(cd "$dir" && sha256sum -c --quiet --strict SHA256SUMS)
	gp-index --check
	mkdir -p "$GP_ARCHIVE/.gp/runs/r1"
	cp stored.ndjson "$GP_ARCHIVE/.gp/runs/r1/"
	sed -i '/D.jpg/d' "$dir/SHA256SUMS"
	rm "$dir/D.jpg"
	lose
	half_line A.jpg
	run -1 --separate-stderr gp-index --rebuild
	has "$stderr" "line 1 is no sum"
	has_not "$stderr" "$folder/A.jpg"
	same "" "$(sql 'SELECT * FROM event')"
	(cd "$dir" && sha256sum -c --quiet --strict SHA256SUMS)
}
