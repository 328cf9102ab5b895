# shellcheck shell=bash
# gp-index --new on a million records beside jq merely reading them.

new_list() {
	local n
	n=$(scaled 1000000)
	/usr/bin/awk -v n="$n" 'BEGIN { for (i = 1; i <= n; i++) printf "{\"id\":\"AF1QipN%040d\",\"source\":\"takeout\",\"album\":{\"id\":\"Ezra\",\"title\":\"Ezra\"},\"filename\":\"PXL_20240501_%07d.jpg\",\"mimeType\":\"image/jpeg\",\"creationTime\":\"2024-05-01T10:20:30Z\",\"width\":4032,\"height\":3024,\"original\":\"yes\",\"url\":\"https://lh3.googleusercontent.com/lr/AAJ1LKf0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz0123456789abcdefghijklmnopqrstuvwxyz%08d=d\",\"urlTime\":\"2026-05-01T10:20:30Z\",\"metadata\":{\"id\":\"x\",\"mediaMetadata\":{\"creationTime\":\"2024-05-01T10:20:30Z\",\"width\":\"4032\",\"height\":\"3024\",\"photo\":{\"cameraMake\":\"Google\",\"cameraModel\":\"Pixel 8\",\"focalLength\":6.9,\"apertureFNumber\":1.68,\"isoEquivalent\":50,\"exposureTime\":\"0.0003s\"}}}}\n", i, i, i }' >"$S/list"
}

# an index in which all of the list is stored, made by gp-index --new's own
# writes and the one column that --record would set
new_fill() {
	local db=$S/full/.gp/index.db
	archive_new "$S/full"
	gp-index -C "$S/full" --new <"$S/list" >/dev/null
	cat "$S/list" "$S/list" | gp-index -C "$S/full" --new >/dev/null
	sqlite3 "$db" "INSERT INTO file (sha256, size, path, folded, stored)
		VALUES (zeroblob(32), 1, 'a/a.jpg', 'a/a.jpg', 1);
		UPDATE item SET file = zeroblob(32); PRAGMA wal_checkpoint(TRUNCATE)" >/dev/null
	[ "$(sqlite3 "$db" 'SELECT count(*) FROM item WHERE file IS NOT NULL')" -eq "$(wc -l <"$S/list")" ]
}

new_known() {
	seconds sh -c "gp-index -C $S/full --new <$S/list"
}

new_unknown() {
	seconds sh -c "gp-index -C $S/none --new <$S/list"
}

new_jq() {
	seconds sh -c "jq -c . <$S/list"
}

new_forget() {
	archive_new "$S/none"
}

bench_new() {
	new_list
	new_fill
	pairs 1 nothing new_known new_jq | row "gp-index --new, 1,000,000 records, all known / jq -c ." "0.25"
	pairs 1 new_forget new_unknown new_jq | row "gp-index --new, 1,000,000 records, none known / jq -c ." "0.45"
}
