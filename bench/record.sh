# shellcheck shell=bash
# gp-index --record of many small files beside cp -r and sync of the same tree.

record_tree() {
	local n=$1
	mkdir -p "$S/tree"
	/usr/bin/awk -v n="$n" -v d="$S/tree" 'BEGIN { for (i = 1; i <= n; i++) { f = sprintf("%s/IMG_%06d.jpg", d, i); printf "photo %d of the benchmark, some bytes of it\n", i > f; close(f) } }'
	(cd "$S/tree" && find . -type f -print0 | sort -z | xargs -0 gp-hash) |
		sed 's|  \./|  |' >"$S/sums"
}

# the same tree again as staged files, as gp-fetch leaves them
record_stage() {
	rm -rf "$S/copy"
	archive_new "$S/archive"
	cp -r "$S/tree" "$S/archive/.gp/staging"
	sync
}

record_list() {
	/usr/bin/awk -v a="$S/archive" '{ printf "{\"id\":\"%s\",\"source\":\"dir\",\"album\":{\"id\":\"Ezra\",\"title\":\"Ezra\"},\"filename\":\"%s\",\"file\":\"%s/.gp/staging/%s\",\"sha256\":\"%s\"}\n", $2, $2, a, $2, $1 }' "$S/sums" >"$S/records"
}

record_ours() {
	seconds sh -c "gp-index -C $S/archive --record <$S/records && sync"
}

record_cp() {
	seconds sh -c "cp -r $S/tree $S/copy && sync"
}

bench_record() {
	record_tree "$(scaled 100000)"
	record_list
	pairs 1 record_stage record_ours record_cp | row "gp-index --record, 100,000 small files / cp -r and sync" "1.5"
	rm -rf "$S/tree" "$S/archive" "$S/copy"
}
