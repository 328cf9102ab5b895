#!/usr/bin/env bats
# gp-index --check: the index, its rules, and the files on disk.
# builds: san
bats_require_minimum_version 1.5.0
load helper
load index

setup() {
	index_setup
	fill
	dir=$GP_ARCHIVE/$folder
}

# finds PART...: --check finds something wrong, and names it
finds() {
	run -1 --separate-stderr gp-index --check
	same "" "$output" stdout
	local part
	for part; do
		has "$stderr" "$part"
	done
	has "$stderr" wrong
}

@test "gp-index --check: all is well, in one line" {
	run -0 --separate-stderr gp-index --check
	same "" "$output"
	[[ "$stderr" =~ ^"gp-index: 3 files, 17 "(B|bytes)": the index and the disk agree"$ ]]
}

@test "gp-index --check: a missing file is named" {
	rm "$dir/A.jpg"
	finds "$folder/A.jpg: missing"
}

@test "gp-index --check: a whole folder that is missing" {
	rm -r "$dir"
	finds "$folder/A.jpg: missing" "$folder/B.jpg: missing"
}

@test "gp-index --check: a file of another size is named" {
	printf xx >>"$dir/A.jpg"
	finds "$folder/A.jpg: has 7 bytes, not 5"
}

@test "gp-index --check: what the index does not know is named, what a NAS leaves is not" {
	mkdir -p "$dir/@eaDir" "$GP_ARCHIVE/burn/X" "$GP_ARCHIVE/archived" "$dir/deep"
	touch "$dir/strange.jpg" "$GP_ARCHIVE/top.jpg" "$GP_ARCHIVE/burn/X/y" "$dir/@eaDir/z"
	finds "$folder/strange.jpg: unknown" "top.jpg: unknown" "$folder/deep: unknown"
	has_not "$stderr" eaDir
	has_not "$stderr" burn
}

@test "gp-index --check: a link is no file, wherever it leads" {
	mv "$dir/A.jpg" "$BATS_TEST_TMPDIR/A.jpg"
	ln -s "$BATS_TEST_TMPDIR/A.jpg" "$dir/A.jpg"
	finds "$folder/A.jpg" "a link"
}

@test "gp-index --record: a list of sums that was lost is written again, also where only the case of a name differs" {
	staged e E.jpg echo | gp-index --record --folder Trip
	staged f F.jpg foxtrot | gp-index --record --folder trip
	cp "$GP_ARCHIVE/Trip/SHA256SUMS" upper
	cp "$GP_ARCHIVE/trip/SHA256SUMS" lower
	rm "$GP_ARCHIVE"/*/SHA256SUMS
	mkdir "$GP_ARCHIVE/nothing of ours" "$GP_ARCHIVE/burn"
	gp-index --record </dev/null
	cmp upper "$GP_ARCHIVE/Trip/SHA256SUMS"
	cmp lower "$GP_ARCHIVE/trip/SHA256SUMS"
	(cd "$dir" && sha256sum --check --strict --quiet SHA256SUMS)
	same 4 "$(find "$GP_ARCHIVE" -name SHA256SUMS | wc -l)"
	gp-index --check
}

@test "gp-index --check: SHA256SUMS must say what the index says" {
	sed -i 's/^./x/' "$dir/SHA256SUMS"
	finds "$folder: SHA256SUMS"
	rm "$dir/SHA256SUMS"
	finds "$folder: SHA256SUMS"
	finds "run: gp-index --record </dev/null"
	gp-index --record </dev/null
	gp-index --check
	(cd "$dir" && sha256sum --check --strict --quiet SHA256SUMS)
	printf '%064d  A.jpg\n%064d  B.jpg\n' 0 0 >"$dir/SHA256SUMS"
	finds "$folder/A.jpg: SHA256SUMS and the index have different sums"
	printf '%064d  A.jpg\n%064d  Z.jpg\n' 0 0 >"$dir/SHA256SUMS"
	finds "$folder/Z.jpg: stands in SHA256SUMS, not in the index"
}

@test "gp-index --check: what lies where SHA256SUMS belongs, and is no file, is said, and what to do" {
	local list=$dir/SHA256SUMS
	rm "$list"
	mkdir "$list"
	finds "$folder: SHA256SUMS is a folder, not the list of checksums: move it away, and run: gp-index --record </dev/null"
	same 1 "$(grep -c SHA256SUMS <<<"$stderr")"
	rmdir "$list"
	ln -s elsewhere "$list"
	finds "$folder: SHA256SUMS is a link, not the list of checksums: move it away"
	# no run can write it, whatever it has to write, nor see which names it has
	staged d D.jpg delta >late
	run -1 gp-index --record <late
	printf alphX >"$dir/A.jpg"
	run -2 gp-index --record < <(staged a A.jpg alpha)
	finds "$folder: SHA256SUMS is a link, not the list of checksums: move it away"
	has_not "$stderr" "the next gp-index --record"
	rm "$list"
	gp-index --record <late
	gp-index --check
}

@test "gp-index --check: a row that breaks our rules is named" {
	sql "UPDATE file SET folded = 'x' WHERE path LIKE '%A.jpg'"
	finds "A.jpg: its folded name"
	sql "UPDATE file SET folded = '$folder/a.jpg' WHERE path LIKE '%A.jpg';
		UPDATE item SET key = zeroblob(32) WHERE id = 'b'"
	finds "b: its key"
	sql "UPDATE item SET metadata = '{' WHERE id = 'a'"
	finds "A.jpg: has metadata that is no JSON"
}

@test "gp-index --check: a path that leads out of the archive is named, not followed" {
	sql "UPDATE file SET path = '../out/A.jpg', folded = '../out/a.jpg' WHERE path LIKE '%A.jpg'"
	finds "../out/A.jpg: is no path"
}

@test "gp-index --check: a row that points nowhere is named" {
	sql "PRAGMA foreign_keys=OFF; DELETE FROM file WHERE path LIKE '%C.mp4'"
	finds "a row of item points at none of file" "C.mp4: unknown"
}

@test "gp-index --check: what an interrupted run left is named" {
	sql "INSERT INTO arriving VALUES (zeroblob(32), 1, 'x/y.jpg', 'x/y.jpg', NULL, NULL, 'unknown', NULL)"
	finds "x/y.jpg: was arriving"
	sql "DELETE FROM arriving; INSERT INTO folder_changed VALUES ('$folder')"
	finds "$folder: SHA256SUMS is older"
}

@test "gp-index --check: a damaged database is said" {
	sql "PRAGMA journal_mode=DELETE; PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
	dd if=/dev/zero of="$index" bs=4096 seek=2 count=6 conv=notrunc status=none
	run --separate-stderr gp-index --check
	[ "$status" -ne 0 ]
	has "$stderr" index.db
	has_not "$stderr" "agree"
}

@test "gp-index --check: no index, nothing claimed" {
	rm "$index"*
	run -2 --separate-stderr gp-index --check
	has "$stderr" "no index"
}
