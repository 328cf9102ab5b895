# shellcheck shell=bash
# The most memory that each stage takes at 1,000,000 records.

memory_row() {
	local text=$1 kib
	shift
	kib=$(seconds "$@" | cut -d' ' -f3)
	printf '| %s | %s MiB | | | 64 MiB |\n' "$text" "$((kib / 1024))"
}

bench_memory() {
	# shellcheck source=bench/new.sh
	. bench/new.sh
	[ -s "$S/list" ] || new_list
	archive_new "$S/none"
	memory_row "gp-index --new, none known" sh -c "gp-index -C $S/none --new <$S/list"
	[ -d "$S/full" ] || new_fill
	memory_row "gp-index --new, all known" sh -c "gp-index -C $S/full --new <$S/list"
	memory_row "gp-fetch, 1,000,000 records that fail" sh -c "sed 's|https:|ftp:|' $S/list | gp-fetch -C $S/none || test \$? -eq 1"
	jq -nc '{id: "x", filename: "x", file: "/dev/null"}' >"$S/one"
	memory_row "gp-hash, 1,000,000 records" sh -c "yes \"\$(cat $S/one)\" | head -n $(scaled 1000000) | gp-hash || test \$? -eq 1"
	memory_row "gp-index --record, 1,000,000 records" sh -c "yes '{\"id\":\"x\",\"filename\":\"x\",\"file\":\"/nonexistent\",\"sha256\":\"'$(printf '0%.0s' {1..64})'\"}' | head -n $(scaled 1000000) | gp-index -C $S/none --record || test \$? -eq 1"
}
