#!/usr/bin/env bats
# gp-list takeout: many members cost neither memory nor, a second time, time.
bats_require_minimum_version 1.5.0
load helper

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
}

# listed: lists in/ into the file list; peak memory in KiB and seconds in cost
listed() {
	command time -f '%M %e' -o cost gp-list takeout:in >list 2>said
}

# small KIB: the last run took less
small() {
	local kib
	kib=$(cut -d ' ' -f 1 cost)
	[ "$kib" -lt "$1" ] || fail "$kib KiB"
}

@test "takeout: 10,000 items: the second run takes less than a second" {
	sanitized && skip "sanitizers take their time"
	python3 "$TESTS/takeout-big.py" zip in 10000 3
	listed
	same 10000 "$(jq -r .id list | sort -u | wc -l)"
	has "$(cat said)" "22000 members = 10000 listed + 1000 repeats + 11000 sidecars"
	same 1000 "$(jq -r 'select(.album).album.title' list | wc -l)"
	for _ in 1 2 3; do # other tests may be running
		listed
		seconds=$(cut -d ' ' -f 2 cost)
		[ "${seconds%.*}" -gt 0 ] || return 0
	done
	fail "$seconds s"
}

@test "takeout: 20,000 items cost no more memory than 2,000" {
	sanitized && skip "sanitizers have a memory of their own"
	python3 "$TESTS/takeout-big.py" tgz in 2000 2
	listed
	base=$(cut -d ' ' -f 1 cost)
	rm -r in
	python3 "$TESTS/takeout-big.py" tgz in 20000 2
	listed
	small $((base + 12 * 1024))
}

@test "takeout: 200,000 members in less than 64 MiB, first and second time, zip and tgz" {
	long_only
	sanitized && skip "sanitizers have a memory of their own"
	for kind in zip tgz; do
		rm -rf in
		python3 "$TESTS/takeout-big.py" "$kind" in 91000 4
		listed
		has "$(cat said)" "200200 members = 91000 listed + 9100 repeats + 100100 sidecars"
		small $((64 * 1024))
		cp list first
		listed
		small $((64 * 1024))
		cmp first list
	done
}
