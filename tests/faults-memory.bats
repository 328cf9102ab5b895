#!/usr/bin/env bats
# The n-th allocation fails: 400 of them with tests/run --long, 12 without.
# (Run with plain programs: a sanitizer has an allocator of its own.)
# builds: plain
bats_require_minimum_version 1.5.0
load helper
load pipeline
load faults

SPREAD=12
[ -z "${GP_LONG:-}" ] || SPREAD=400

setup_file() { google_start; }
teardown_file() { google_stop; }

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	make_album
}

# sweep_memory STAGE COMMAND...: the n-th allocation fails
sweep_memory() {
	local stage=$1 n count status good total=0
	shift
	cc -shared -fPIC -o nomem.so "$TESTS/faults/nomem.c"
	prepare "$stage"
	NOMEM_COUNT=$PWD/count LD_PRELOAD=$PWD/nomem.so "$@" <whole.in >out
	good=$(wc -l <out)
	count=$(cat count)
	for n in $(spread "$count" "$SPREAD"); do
		prepare "$stage"
		short_of_memory "$n" "$@" <whole.in || continue
		total=$((total + 1))
		judge "$stage, allocation $n of $count" "$status" "$good" >>bad
	done
	echo "# $stage: $total of $count allocations failed" >&3
	[ ! -s bad ] || fail "$(cat bad)"
	[ "$total" -gt 3 ]
}

@test "gp-index --new: any allocation may fail" {
	sweep_memory gp-index-new gp-index -C whole --new
}

@test "gp-fetch: any allocation may fail" {
	sweep_memory gp-fetch gp-fetch -C whole
}

@test "gp-fetch over TLS: any allocation may fail" {
	long_only
	list_of --limit 4 library:
	sweep_memory gp-fetch gp-fetch -C whole
}

@test "gp-hash: any allocation may fail" {
	sweep_memory gp-hash gp-hash -C whole
}

@test "gp-index --record: any allocation may fail" {
	sweep_memory gp-index-record gp-index -C whole --record
}

@test "gp-index --record of what was picked: any allocation may fail" {
	long_only
	picked_list
	SPREAD=100
	sweep_memory gp-index-record gp-index -C whole --record
}

@test "gp-index --record of what Google gave: any allocation may fail" {
	long_only
	list_of --limit 4 library:
	SPREAD=100
	sweep_memory gp-index-record gp-index -C whole --record
}
