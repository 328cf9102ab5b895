# shellcheck shell=bash
# gp-hash beside openssl, on the same cached bytes.

hash_one() {
	seconds gp-hash -j1 "$S/big1" "$S/big2"
}

hash_two() {
	seconds gp-hash -j2 "$S/big1" "$S/big2"
}

hash_openssl() {
	seconds openssl dgst -sha256 "$S/big1" "$S/big2"
}

bench_hash() {
	local half
	half=$(scaled 2048)
	head -c "${half}M" /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 >"$S/big1" 2>/dev/null
	cp "$S/big1" "$S/big2"
	cat "$S/big1" "$S/big2" >/dev/null
	pairs 1 nothing hash_one hash_openssl | row "gp-hash -j1, 4 GiB cached / openssl dgst" "0.95"
	pairs 1 nothing hash_two hash_one | row "gp-hash -j2 / gp-hash -j1" "0.52"
	rm "$S/big1" "$S/big2"
}
