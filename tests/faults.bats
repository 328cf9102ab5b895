#!/usr/bin/env bats
# The n-th system call of each kind fails, in turn: each with tests/run --long,
# first and last without.
# (Run with plain programs: strace and sanitizers don't go together.)
# builds: plain
bats_require_minimum_version 1.5.0
load helper
load pipeline
load faults

CALLS="write:ENOSPC write:EIO pwrite64:ENOSPC pwrite64:EIO fsync:EIO fdatasync:EIO
	syncfs:EIO renameat2:EIO renameat2:ENOSPC linkat:EPERM unlinkat:EIO mkdirat:ENOSPC
	openat:EMFILE openat:EACCES ftruncate:EIO read:EIO pread64:EIO flock:ENOLCK
	fcntl:EMFILE fcntl:ENOLCK copy_file_range:ENOSPC copy_file_range:EIO fstat:EIO"
SPREAD=2 # of each call and error
[ -z "${GP_LONG:-}" ] || SPREAD=1000

setup_file() { google_start; }
teardown_file() { google_stop; }

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	make_album
}

# sweep_calls STAGE COMMAND...: system calls of each kind fail, one a run
sweep_calls() {
	local stage=$1 spec call error n count status good total=0
	shift
	prepare "$stage"
	strace -qq -f -o calls "$@" <whole.in >out
	good=$(wc -l <out)
	for spec in $CALLS; do
		call=${spec%:*} error=${spec#*:}
		# strace counts those of each thread
		count=$(awk -v call="$call" 'index($2, call "(") == 1 && ++n[$1] > max { max = n[$1] }
			END { print max + 0 }' calls)
		for n in $(spread "$count" "$SPREAD"); do
			prepare "$stage"
			status=0
			timeout "$PATIENCE" strace -qq -f -o trace -e trace="$call" \
				-e inject="$call:error=$error:when=$n" \
				"$@" <whole.in >out 2>err || status=$?
			grep -q INJECTED trace || continue
			# what could not even be loaded or said is the system's
			if grep -q 'error while loading shared libraries' err ||
				grep -q "write(2,.*INJECTED" trace; then
				continue
			fi
			total=$((total + 1))
			judge "$stage, $call number $n gives $error" "$status" "$good" >>bad
		done
	done
	echo "# $stage: $total failing calls" >&3
	[ ! -s bad ] || fail "$(cat bad)"
	[ "$total" -gt 3 ]
}

@test "gp-index --new: any call may fail" {
	sweep_calls gp-index-new gp-index -C whole --new
}

@test "gp-fetch: any call may fail" {
	sweep_calls gp-fetch gp-fetch -C whole
}

@test "gp-fetch over TLS: any call may fail" {
	long_only
	CALLS="$CALLS socket:EMFILE socketpair:EMFILE connect:ENETUNREACH
		recvfrom:ECONNRESET sendto:EPIPE getsockopt:EIO ioctl:EIO
		setsockopt:EINVAL fgetxattr:ENOTSUP fsetxattr:ENOTSUP poll:ENOMEM"
	SPREAD=$(rounds 2 15) # a TLS connection reads hundreds of times
	list_of --limit 4 library:
	sweep_calls gp-fetch gp-fetch -C whole
}

# libcurl may use the connection again, with the first request still in TLS's
# buffer: the next file's answer would then be another file
@test "gp-fetch: what could not be sent is never the question to another answer" {
	local n status
	cc -shared -fPIC -o nosend.so "$TESTS/faults/nosend.c"
	list_of --limit 12 library:
	prepare gp-fetch
	for n in $(rounds "3 5 7 8" "3 4 5 6 7 8 3 4 5 6 7 8 3 4 5 6 7 8"); do
		prepare gp-fetch
		status=0
		timeout "$PATIENCE" env SEND_AT="$n" LD_PRELOAD="$PWD/nosend.so" \
			gp-fetch -C whole -v <whole.in >out 2>err || status=$?
		judge "send $n" "$status" 12 >>bad
	done
	[ ! -s bad ] || fail "$(cat bad)"
}

@test "gp-hash: any call may fail" {
	sweep_calls gp-hash gp-hash -C whole
}

@test "gp-index --record: any call may fail" {
	sweep_calls gp-index-record gp-index -C whole --record
}
