#!/usr/bin/env bats
# gp-list takeout: many members cost neither memory nor, a second time, a read.
# builds: san
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

# measured: lists in/ into the file list; peak memory in KiB and seconds in cost
measured() {
	command time -f '%M %e' -o cost gp-list takeout:in >list 2>said
}

# small KIB: the last run took less
small() {
	local kib
	kib=$(cut -d ' ' -f 1 cost)
	[ "$kib" -lt "$1" ] || fail "$kib KiB"
}

# bats test_tags=unsanitized
@test "takeout: what did not change is listed again without opening an archive" {
	python3 "$TESTS/takeout-big.py" zip in 3000 3
	strace -f -qq -e trace=openat -o first.calls gp-list takeout:in >first 2>said
	has "$(cat said)" "6600 members = 3000 listed + 300 repeats + 3300 sidecars"
	same 300 "$(jq -r 'select(.album).album.title' first | wc -l)"
	[ "$(grep -c '\.zip"' first.calls)" -ge 3 ]
	strace -f -qq -e trace=openat -o again.calls gp-list takeout:in >again 2>said
	cmp first again
	same "" "$(grep '\.zip"' again.calls || true)"
}

# bats test_tags=unsanitized
@test "takeout: 20,000 items cost no more memory than 2,000" {
	python3 "$TESTS/takeout-big.py" tgz in 2000 2
	measured
	base=$(cut -d ' ' -f 1 cost)
	rm -r in
	python3 "$TESTS/takeout-big.py" tgz in 20000 2
	measured
	small $((base + 12 * 1024))
}

# bats test_tags=unsanitized
@test "takeout: 200,000 members in less than 64 MiB, first and second time, zip and tgz" {
	long_only
	for kind in zip tgz; do
		rm -rf in
		python3 "$TESTS/takeout-big.py" "$kind" in 91000 4
		measured
		has "$(cat said)" "200200 members = 91000 listed + 9100 repeats + 100100 sidecars"
		small $((64 * 1024))
		cp list first
		measured
		small $((64 * 1024))
		cmp first list
	done
}

@test "takeout: a zip with a large directory is read in slices, with the same outcome" {
	long_only
	python3 "$TESTS/takeout-big.py" zip in 9100 1 # 20,020 members
	measured
	has "$(cat said)" "20020 members = 9100 listed + 910 repeats + 10010 sidecars"
	mv list one
	rm -r in
	python3 "$TESTS/takeout-big.py" zip in 9100 2
	measured
	same "$(command jq -S 'del(.url, .alt)' list | sha256sum)" "$(command jq -S 'del(.url, .alt)' one | sha256sum)"
	rm -r in
	python3 "$TESTS/takeout-big.py" zip in 9100 1
	# in any order
	awk 'NR % 300 == 1' one | shuf --random-source=<(yes) >some
	gp-fetch <some >out
	same "$(wc -l <some)" "$(jq -r 'select(.file) | .id' out | wc -l)"
	while read -r id file; do
		same "${id##*-}" "$(gzip -c <"$file" | tail -c 8 | od -An -tx4 -N4 --endian=little | tr -d ' ')" "$id"
	done < <(jq -r '.id + " " + .file' out)
}

# bats test_tags=unsanitized
@test "takeout: one zip of 200,000 members in less than 64 MiB, listed and fetched" {
	long_only
	python3 "$TESTS/takeout-big.py" zip in 91000 1
	measured
	small $((64 * 1024))
	command time -f '%M %e' -o cost gp-fetch <list >out
	small $((64 * 1024))
	same 91000 "$(jq -r 'select(.file) | .id' out | sort -u | wc -l)"
}
