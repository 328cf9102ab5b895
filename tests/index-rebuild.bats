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

lose() {
	rm "$index"*
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

@test "gp-index --rebuild: killed at any time it leaves none or a whole one" {
	local n call killed=0
	export ASAN_OPTIONS=$NO_LEAKS # it and strace don't go together
	for call in openat write pwrite64 fsync fdatasync renameat renameat2 rename unlink unlinkat; do
		for n in 1 2 3 5 8 13 21 34; do
			rm -f "$index" "$index"-*
			strace -qq -f -o trace -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
				gp-index --rebuild >/dev/null 2>&1 || true
			! grep -q 'killed by SIGKILL' trace || killed=$((killed + 1))
			[ -e "$index" ] || continue
			same ok "$(sql 'PRAGMA integrity_check')" "killed at $call $n"
			same 3 "$(sql 'SELECT count(*) FROM file')" "killed at $call $n"
		done
	done
	[ "$killed" -gt 10 ] || fail "killed $killed times"
	rm -f "$index" "$index"-*
	gp-index --rebuild
	gp-index --check
	run find "$GP_ARCHIVE/.gp" -name '*.gp-new*'
	same "" "$output"
}
