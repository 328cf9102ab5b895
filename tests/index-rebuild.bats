#!/usr/bin/env bats
# gp-index --rebuild: an index from what lies in the archive.
# builds: san
bats_require_minimum_version 1.5.0
load helper
load index

setup() {
	index_setup
	fill
	dir=$GP_ARCHIVE/$folder
	mkdir -p "$GP_ARCHIVE/.gp/runs/r1"
	cp stored.ndjson "$GP_ARCHIVE/.gp/runs/r1/"
	echo '{"stage":"gp-index --record","stored":3}' >"$GP_ARCHIVE/.gp/runs/r1/counts.ndjson"
}

# what an index knows, but for its own dates and numbers
content() {
	sql "SELECT hex(sha256), size, path, folded, mime, taken, original FROM file ORDER BY path;
		SELECT source, account, id, hex(key), noted, hex(file), filename, mime, taken, metadata FROM item ORDER BY id;
		SELECT i.id, a.id, a.title FROM item_album JOIN item i USING (item) JOIN album a USING (album) ORDER BY 1, 2"
}

@test "gp-index --rebuild: where nothing is as the lists say, the index has what is owed" {
	dir=$GP_ARCHIVE/$folder
	rm -r "$GP_ARCHIVE/photos-$quarter"
	for name in A B; do printf rot >"$dir/$name.jpg"; done
	lose
	run -1 --separate-stderr gp-index --rebuild
	has "$stderr" "none of its files could be taken: the index knows only what SHA256SUMS names"
	same "0 2" "$(gp-index --stats | jq -r '"\(.files) \(.unsettled.files)"')"
	staged a A.jpg alpha | gp-index --record >out
	same "$folder/A.jpg" "$(jq -r .path out)"
	gp-index --accept "$folder/B.jpg" "it is lost"
	gp-index --check
	# what no list names is nothing
	rm -r "$dir"
	lose
	run -2 --separate-stderr gp-index --rebuild
	has "$stderr" "no index was made"
}

@test "gp-index --rebuild: from folders and records comes the same index" {
	before=$(content)
	lose
	run -0 --separate-stderr gp-index --rebuild
	same "" "$output"
	has "$stderr" "3 files"
	same "$before" "$(content)"
	gp-index --check
	# and a run goes on
	jq -c '{id, source, filename, album}' stored.ndjson | gp-index --new >new
	same "" "$(cat new)"
	staged d D.jpg delta | gp-index --record >out
	same stored "$(jq -r .status out)"
	gp-index --check
}

@test "gp-index --rebuild: without any records the files are known still" {
	rm -r "$GP_ARCHIVE/.gp/runs"
	lose
	gp-index --rebuild
	same 3 "$(gp-index --export | wc -l)"
	gp-index --export | gp-hash --check --root "$GP_ARCHIVE" >/dev/null
	# the same photo comes once more from its source: no second copy
	staged a A.jpg alpha | gp-index --record >out
	same duplicate "$(jq -r .status out)"
	same "$folder/A.jpg" "$(jq -r .path out)"
}

@test "gp-index --rebuild: a sound index is not touched" {
	before=$(sha256sum "$index")
	run -2 --separate-stderr gp-index --rebuild
	has "$stderr" "move it away"
	same "$before" "$(sha256sum "$index")"
}

@test "gp-index --rebuild: an index of a newer gp is not touched" {
	sql "PRAGMA user_version = 99"
	run -2 gp-index --rebuild
	same 99 "$(sql 'PRAGMA user_version')"
}

@test "gp-index --rebuild: a damaged index is kept aside" {
	rm -f "$index"-*
	echo "no database at all, but long enough to be taken for one" >"$index"
	run -0 --separate-stderr gp-index --rebuild
	has "$(cat "$index".damaged-1)" "no database at all"
	same 3 "$(gp-index --export | wc -l)"
	echo "again" >"$index"
	gp-index --rebuild
	same again "$(cat "$index".damaged-2)"
}

@test "gp-index --rebuild: a rotten file is named, left out, and left where it is" {
	lose
	printf alphX >"$dir/A.jpg"
	run -1 --separate-stderr gp-index --rebuild
	has "$stderr" "$folder/A.jpg: its bytes are not those that SHA256SUMS has"
	same alphX "$(cat "$dir/A.jpg")"
	grep -q 'A.jpg$' "$dir/SHA256SUMS"
	same "rotten|$folder/A.jpg" "$(sql 'SELECT kind, detail FROM event')"
	same 2 "$(gp-index --export | wc -l)"
	# known means stored: the item is asked for again
	same a "$(jq -c '{id, source, filename, album}' stored.ndjson | gp-index --new | jq -r .id)"
}

@test "gp-index --rebuild: a missing file is named and asked for again" {
	lose
	rm "$dir/B.jpg"
	run -1 --separate-stderr gp-index --rebuild
	has "$stderr" "$folder/B.jpg: missing"
	same b "$(jq -c '{id, source, filename, album}' stored.ndjson | gp-index --new | jq -r .id)"
}

@test "gp-index --rebuild: a file that no list names is read, and listed from then on" {
	lose
	rm "$dir/SHA256SUMS"
	gp-index --rebuild
	(cd "$dir" && sha256sum -c --quiet --strict SHA256SUMS)
	same 2 "$(wc -l <"$dir/SHA256SUMS")"
	gp-index --check
}

@test "gp-index --rebuild: the same bytes twice, a link, a stray file: named and left out" {
	lose
	cp "$dir/A.jpg" "$dir/copy.jpg"
	ln -s A.jpg "$dir/link.jpg"
	touch "$GP_ARCHIVE/top.jpg"
	run -1 --separate-stderr gp-index --rebuild
	has "$stderr" "has the bytes of"
	has "$stderr" "$folder/link.jpg: a link"
	has "$stderr" "top.jpg"
	same 3 "$(sql 'SELECT count(*) FROM file')"
}

@test "gp-index --rebuild: failures that were open are open again" {
	lose
	echo '{"id":"x1","filename":"X.jpg","error":{"stage":"gp-fetch","code":"denied","message":"403"}}' \
		>"$GP_ARCHIVE/.gp/runs/r1/failed.ndjson"
	gp-index --rebuild
	same x1 "$(sql 'SELECT id FROM failure')"
}

@test "gp-index --rebuild: what is on archived discs stays packed; no label is used twice" {
	local archived=$GP_ARCHIVE/archived/EZRA-0001
	staged p '50% off.jpg' percent | gp-index --record >"$GP_ARCHIVE/.gp/runs/r1/more.ndjson"
	gp-index --export | jq -c 'select(.id != "c") | . + {disc: "EZRA-0001", discPath: ("data/" + .path)}' |
		gp-index --packed >out
	for state in burned verified archived; do gp-index --disc-state EZRA-0001 "$state"; done
	gp-index --export --unpacked | jq -c '. + {disc: "EZRA-0002", discPath: ("data/" + .path)}' |
		gp-index --packed >"$GP_ARCHIVE/.gp/runs/r1/packed.ndjson"
	before=$(sql "SELECT disc, path FROM disc_file WHERE disc = 'EZRA-0001' ORDER BY 2")
	mkdir -p "$archived" "$GP_ARCHIVE/burn/EZRA-0003"
	touch "$GP_ARCHIVE/burn/EZRA-0004.iso"
	sql "SELECT lower(hex(file)) || '  ' || replace(path, '%', '%25') FROM disc_file
		WHERE disc = 'EZRA-0001'" >"$archived/manifest-sha256.txt"
	printf '%064d  data/index.html\n' 0 >>"$archived/manifest-sha256.txt"
	lose
	run -0 --separate-stderr gp-index --rebuild
	same "$before" "$(sql 'SELECT disc, path FROM disc_file ORDER BY 2')"
	same "EZRA-0001=archived EZRA-0002=failed EZRA-0003=failed EZRA-0004=failed" \
		"$(gp-index --stats | jq -r '.discs[] | "\(.label)=\(.state)"' | xargs)"
	same c "$(gp-index --export --unpacked | jq -r .id)"
	gp-index --check
	# a manifest that is lost or spoiled is no proof
	lose
	sed -i '1s/^/x/' "$archived/manifest-sha256.txt"
	run -1 --separate-stderr gp-index --rebuild
	has "$stderr" "EZRA-0001: its manifest has a line that is no sum"
	same 2 "$(gp-index --export --unpacked | wc -l)"
	lose
	rm "$archived/manifest-sha256.txt"
	run -1 --separate-stderr gp-index --rebuild
	has "$stderr" "archived/EZRA-0001/manifest-sha256.txt"
	same 4 "$(gp-index --export --unpacked | wc -l)"
}

@test "gp-index --rebuild: what machines leave beside photos is not adopted" {
	mkdir -p "$dir/@eaDir/A.jpg" "$dir/.@__thumb" "$GP_ARCHIVE/#recycle"
	touch "$dir/._A.jpg" "$dir/desktop.ini" "$dir/Thumbs.db" "$dir/.DS_Store" \
		"$dir/@eaDir/A.jpg/SYNOPHOTO_THUMB_M.jpg" "$dir/.@__thumb/A.jpg" "$GP_ARCHIVE/#recycle/A.jpg"
	lose
	run -0 --separate-stderr gp-index -v --rebuild
	has "$stderr" "7 files and folders that machines leave beside photos were passed over"
	has "$stderr" "$folder/Thumbs.db: passed over"
	same 3 "$(sql 'SELECT count(*) FROM file')"
	gp-index --check
}

@test "gp-index --rebuild: an empty archive is no index" {
	archive_new
	rm "$index"
	run -2 gp-index --rebuild
	[ ! -e "$index" ]
	run find "$GP_ARCHIVE/.gp" -name 'index*'
	same "" "$output"
}

@test "gp-index --rebuild: an index on a disk that is not mounted is not made anew" {
	rm "$index"
	ln -s "$PWD/not-mounted/index.db" "$index"
	run -2 --separate-stderr gp-index --rebuild
	has "$stderr" "is its disk mounted?"
	[ -L "$index" ]
	same "" "$(find "$GP_ARCHIVE/.gp" -name 'index.db.*')"
}

@test "gp-index --rebuild: killed at any time it leaves none or a whole one" {
	local n call numbers
	numbers=$(rounds "1 3 8 21" "1 2 3 5 8 13 21 34")
	export ASAN_OPTIONS=$NO_LEAKS # it and strace don't go together
	for call in openat write pwrite64 fsync fdatasync renameat renameat2 rename unlink unlinkat; do
		for n in $numbers; do
			rm -f "$index" "$index"-*
			killed_at "$call" "$n" gp-index --rebuild >/dev/null 2>&1
			[ -e "$index" ] || continue
			same ok "$(sql 'PRAGMA integrity_check')" "killed at $call $n"
			same 3 "$(sql 'SELECT count(*) FROM file')" "killed at $call $n"
		done
	done
	[ "$struck" -gt 10 ] || fail "killed $struck times"
	rm -f "$index" "$index"-*
	gp-index --rebuild
	gp-index --check
	run find "$GP_ARCHIVE/.gp" -name '*.gp-new*'
	same "" "$output"
}

# noted RUN: what gp-index --new notes in it of the records on stdin
noted() {
	GP_RUN=$1 gp-index --new >"$1.new"
}

# again: the index as it was, from folders and records
again() {
	local before
	before=$(content)
	lose
	gp-index --rebuild
	same "$before" "$(content)"
	gp-index --check
}

# export_of YEAR JQ: photo A as the export of that year tells of it
export_of() {
	staged A A.jpg again ".source = \"takeout\" | .urlTime = \"$1-01-01T00:00:00Z\" | $2"
}

@test "gp-index --rebuild: what later runs noted of stored photos comes back: a corrected date, a second album" {
	local old='.creationTime = "2020-05-01T10:00:00Z" | .metadata = {n: 1}'
	local new='.creationTime = "2020-06-02T10:00:00Z" | .metadata = {n: 2}'
	mkdir -p "$GP_ARCHIVE/.gp/runs/r2"
	export_of 2024 "$old" | gp-index --record >"$GP_ARCHIVE/.gp/runs/r2/records.ndjson"
	export_of 2026 "$new" | noted r3
	export_of 2025 "$old" | noted r4
	export_of 2026 "$new"' | .album = {id: "Zoo", title: "Zoo"}' | noted r5
	same "" "$(cat r?.new)"
	same "2020-06-02" "$(sql "SELECT date(taken, 'unixepoch') FROM item WHERE id = 'A'")"
	same 2 "$(sql "SELECT count(*) FROM item_album JOIN item USING (item) WHERE id = 'A'")"
	again
	# of sources that don't date what they say, too
	jq -c '{id, source, filename, album, creationTime, metadata} | select(.id == "a") | .metadata.n = 3 | .album.title = "Ezra 2"' stored.ndjson | noted r6
	again
}

@test "gp-index --rebuild: a photo that one run listed in two albums is in both" {
	mkdir -p "$GP_ARCHIVE/.gp/runs/r2"
	staged d D.jpg delta '.metadata = {n: 1}' >list
	jq -c '.album = {id: "Zoo", title: "Zoo"} | .metadata = {n: 2}' list | cat list - | noted r2
	gp-index --record <r2.new >"$GP_ARCHIVE/.gp/runs/r2/records.ndjson"
	same 2 "$(sql "SELECT count(*) FROM item_album JOIN item USING (item) WHERE id = 'd'")"
	again
}

@test "gp-index --new: what it noted is in the run's records; a run that changes nothing writes none" {
	jq -c 'select(.id == "b") | {id, source, filename, album, creationTime}' stored.ndjson >list
	noted r2 <list
	[ ! -e "$GP_ARCHIVE/.gp/runs/r2/known.ndjson" ]
	jq -c '.album = {id: "Zoo", title: "Zoo"}' list >zoo
	cat zoo list | noted r3
	same "$(jq -c '.status = "known"' zoo)" "$(cat "$GP_ARCHIVE/.gp/runs/r3/known.ndjson")"
	jq -c '.album = {id: "Sea", title: "Sea"}' list | GP_RUN=r4 gp-index --new -n
	[ ! -e "$GP_ARCHIVE/.gp/runs/r4/known.ndjson" ]
	# where it can't be kept nothing is noted
	mkdir -p "$GP_ARCHIVE/.gp/runs/r5/known.ndjson"
	jq -c '.album = {id: "Sea", title: "Sea"}' list >sea
	GP_RUN=r5 run -2 --separate-stderr gp-index --new <sea
	has "$stderr" "cannot write .gp/runs/r5/known.ndjson"
	same "" "$(sql "SELECT id FROM album WHERE id = 'Sea'")"
}

@test "gp-index --record: what a killed --rebuild left beside an index that lies elsewhere goes, nothing else" {
	export ASAN_OPTIONS=$NO_LEAKS # it and strace don't go together
	mkdir elsewhere
	export GP_INDEX=$PWD/elsewhere/i.db
	mv "$index" "$GP_INDEX"
	rm -f "$index"-*
	cp "$GP_INDEX" kept
	rm "$GP_INDEX"
	strace -qq -f -o /dev/null -e trace=renameat -e inject=renameat:signal=KILL gp-index --rebuild || true
	has "$(ls -A elsewhere)" i.db.gp-new.db
	rm -f "$GP_INDEX"
	mv kept "$GP_INDEX"
	touch elsewhere/i.db2.gp-new elsewhere/other.gp-new
	gp-index --record </dev/null
	same "i.db2.gp-new other.gp-new" "$(ls -A elsewhere | grep gp-new | sort | xargs)"
}

@test "gp-index: a date that a later run corrects is the file's too, whichever comes first" {
	local old='.creationTime = "2020-05-01T10:00:00Z"' new='.creationTime = "2020-06-02T10:00:00.5Z"'
	local photo=$GP_ARCHIVE/$folder/A-1.jpg
	export_of 2024 "$old" | gp-index --record >/dev/null
	same "2020-05-01 10:00:00.000" "$(TZ=UTC stat -c %y "$photo" | cut -c 1-23)"
	export_of 2026 "$new" | noted r2
	same "2020-06-02 10:00:00.500" "$(TZ=UTC stat -c %y "$photo" | cut -c 1-23)"
	same "2020-06-02 10:00:00" "$(sql "SELECT datetime(taken, 'unixepoch') FROM file WHERE path LIKE '%A-1.jpg'")"
	export_of 2025 "$old" | noted r3
	export_of 2025 "$old" | gp-index --record >/dev/null
	same "2020-06-02 10:00:00.500" "$(TZ=UTC stat -c %y "$photo" | cut -c 1-23)"
	# whoever gave the file another time keeps it; what can't be written is no failure
	touch -d 2001-02-03T04:05:06Z "$photo"
	export_of 2027 "$old" | noted r4
	same "2001-02-03 04:05:06.000" "$(TZ=UTC stat -c %y "$photo" | cut -c 1-23)"
	mv "$photo" kept
	export_of 2028 "$new" | noted r5
	mv kept "$photo"
	gp-index --check
}
