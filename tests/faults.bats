#!/usr/bin/env bats
# The n-th call fails: done, or clearly said, never a half; and the next run
# finishes the work. Every n with tests/run --long, a spread of them without.
# (Run with plain programs: a sanitizer has an allocator of its own.)
bats_require_minimum_version 1.5.0
load helper
load pipeline

CALLS="write:ENOSPC write:EIO pwrite64:ENOSPC pwrite64:EIO fsync:EIO fdatasync:EIO
	syncfs:EIO renameat2:EIO renameat2:ENOSPC linkat:EPERM unlinkat:EIO mkdirat:ENOSPC
	openat:EMFILE openat:EACCES ftruncate:EIO read:EIO pread64:EIO flock:ENOLCK
	fcntl:EMFILE fcntl:ENOLCK copy_file_range:ENOSPC copy_file_range:EIO fstat:EIO"
SPREAD=3 # of each call and error, unless all
MEMORY_SPREAD=25
SECONDS_MAX=30 # a stage takes less than one

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	command -v strace >/dev/null || skip "no strace here"
	make_album
}

# spread COUNT PARTS: numbers from 1 to COUNT, PARTS of them, unless all
spread() {
	if [ -n "$GP_LONG" ]; then
		seq "$1"
	else
		awk -v n="$1" -v parts="$2" 'BEGIN {
			for (i = 0; i < parts; i++) {
				at = parts < 2 ? 1 : int(1 + i * (n - 1) / (parts - 1))
				if (at > last && at <= n) print at
				last = at
			}
		}'
	fi
}

# judge WHAT STATUS: what is wrong after a run of a stage whose output is in
# out and err, in a line; nothing when all is well
judge() {
	local what=$1 status=$2
	if [ "$status" -eq 124 ]; then
		echo "$what: it hung"
	elif [ "$status" -ge 128 ]; then
		echo "$what: died of signal $((status - 128))"
	elif [ "$status" -ne 0 ] && [ ! -s err ] && ! jq -e .error out >/dev/null; then
		echo "$what: exit $status without a word"
	elif [ "$status" -eq 0 ] && [ "$(jq -c 'select(.error | not)' out | wc -l)" -ne "$good" ]; then
		# exit 0 is a promise: as many records out as in, none failed
		echo "$what: exit 0, but not all is done: $(cat out err)"
	fi
	if ! run_whole whole 2>err; then
		echo "$what: the next run fails: $(cat err)"
		return
	fi
	# what could not be removed lies there for a day; --record says so
	[[ $what != *unlinkat* ]] || rm -f whole/.gp/staging/*
	state whole >got
	diff want got || echo "$what: the next run does not end the same"
}

# sweep_calls STAGE COMMAND...: system calls of each kind fail, one a run
sweep_calls() {
	local stage=$1 spec call error n count status total=0
	shift
	prepare "$stage"
	strace -qq -f -o calls "$@" <whole.in >out
	good=$(wc -l <out)
	for spec in $CALLS; do
		call=${spec%:*} error=${spec#*:}
		count=$(grep -cE "^[0-9]+ +$call\(" calls || true)
		for n in $(spread "$count" "$SPREAD"); do
			prepare "$stage"
			status=0
			timeout "$SECONDS_MAX" strace -qq -f -o trace -e trace="$call" \
				-e inject="$call:error=$error:when=$n" \
				"$@" <whole.in >out 2>err || status=$?
			grep -q INJECTED trace || continue
			# what could not even be loaded or said is the system's
			if grep -q 'error while loading shared libraries' err ||
				grep -q "write(2,.*INJECTED" trace; then
				continue
			fi
			total=$((total + 1))
			judge "$stage, $call number $n gives $error" "$status" >>bad
		done
	done
	echo "# $stage: $total failing calls" >&3
	[ ! -s bad ] || fail "$(cat bad)"
	[ "$total" -gt 3 ]
}

# sweep_memory STAGE COMMAND...: the n-th allocation fails
sweep_memory() {
	local stage=$1 n count status total=0
	shift
	cc -shared -fPIC -o nomem.so "$TESTS/faults/nomem.c"
	prepare "$stage"
	NOMEM_COUNT=$PWD/count LD_PRELOAD=$PWD/nomem.so "$@" <whole.in >out
	good=$(wc -l <out)
	count=$(cat count)
	for n in $(spread "$count" "$MEMORY_SPREAD"); do
		prepare "$stage"
		status=0
		timeout "$SECONDS_MAX" env NOMEM_AT="$n" LD_PRELOAD="$PWD/nomem.so" \
			"$@" <whole.in >out 2>err || status=$?
		grep -q 'error while loading shared libraries' err && continue
		total=$((total + 1))
		judge "$stage, allocation $n of $count" "$status" >>bad
	done
	echo "# $stage: $total of $count allocations failed" >&3
	[ ! -s bad ] || fail "$(cat bad)"
}

@test "gp-index --new: any call may fail" {
	sweep_calls gp-index-new gp-index -C whole --new
}

@test "gp-fetch: any call may fail" {
	sweep_calls gp-fetch gp-fetch -C whole
}

@test "gp-hash: any call may fail" {
	sweep_calls gp-hash gp-hash -C whole
}

@test "gp-index --record: any call may fail" {
	sweep_calls gp-index-record gp-index -C whole --record
}

@test "gp-index --new: any allocation may fail" {
	sweep_memory gp-index-new gp-index -C whole --new
}

@test "gp-fetch: any allocation may fail" {
	sweep_memory gp-fetch gp-fetch -C whole
}

@test "gp-hash: any allocation may fail" {
	sweep_memory gp-hash gp-hash -C whole
}

@test "gp-index --record: any allocation may fail" {
	sweep_memory gp-index-record gp-index -C whole --record
}
