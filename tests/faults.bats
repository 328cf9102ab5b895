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
	syncfs:EIO rename:EIO renameat:EIO renameat:ENOSPC renameat2:EIO renameat2:ENOSPC linkat:EPERM unlinkat:EIO mkdirat:ENOSPC
	openat:EMFILE openat:EACCES ftruncate:EIO read:EIO pread64:EIO flock:ENOLCK
	fcntl:EMFILE fcntl:ENOLCK copy_file_range:ENOSPC copy_file_range:EIO fstat:EIO newfstatat:EIO"
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
			! unsaid || continue
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
	local n status total=0
	cc -shared -fPIC -o nosend.so "$TESTS/faults/nosend.c"
	list_of --limit 12 library:
	prepare gp-fetch
	for n in $(rounds "5 6 5 6" "3 4 5 6 7 8 3 4 5 6 7 8 3 4 5 6 7 8"); do
		prepare gp-fetch
		rm -f hit
		status=0
		timeout "$PATIENCE" env SEND_AT="$n" SEND_HIT="$PWD/hit" LD_PRELOAD="$PWD/nosend.so" \
			gp-fetch -C whole -v <whole.in >out 2>err || status=$?
		[ ! -e hit ] || total=$((total + 1))
		judge "send $n" "$status" 12 >>bad
	done
	[ ! -s bad ] || fail "$(cat bad)"
	[ "$total" -ge 2 ]
}

@test "gp-hash: any call may fail" {
	sweep_calls gp-hash gp-hash -C whole
}

@test "gp-index --record: any call may fail" {
	sweep_calls gp-index-record gp-index -C whole --record
}

@test "gp-index --record of what Google gave: any call may fail" {
	long_only
	list_of --limit 4 library:
	sweep_calls gp-index-record gp-index -C whole --record
}

@test "gp-index --record of what was picked: any call may fail" {
	long_only
	picked_list
	sweep_calls gp-index-record gp-index -C whole --record
}

# own_words CALL FILE...: the words of what was injected are all that is said of an
# error, and of no earlier one
own_words() {
	grep -q 'Disk quota exceeded' "${@:2}" || echo "$1: not said: $(cat "${@:2}")"
	! grep -E 'Success|No such file|File exists|Inappropriate ioctl|Invalid argument|No data|Permission denied|Resource temporarily' "${@:2}" ||
		echo "$1: the words of another error"
}

@test "gp-index --record: as it heals a photo, what failed is told with its own error" {
	local call n status said=0
	cp -a src src.again
	touch src.again/*.jpg src.again/again/*.jpg
	printf 'rotten!' >"$(echo whole/*/2.jpg)"
	gp-list --album Ezra "dir:$PWD/src.again" | gp-index -C whole --new | gp-fetch -C whole |
		gp-hash -C whole >again.in
	rm -r src src.again
	mv whole healing
	for call in renameat2 mkdirat fsync; do
		for n in 1 2 3 4 5 6 7 8; do
			rm -rf whole
			cp -a healing whole
			status=0
			strace -qq -f -o trace -e trace="$call" -e inject="$call:error=EDQUOT:when=$n" \
				gp-index -C whole --record <again.in >out 2>err || status=$?
			grep -q INJECTED trace || break
			said=$((said + 1))
			[ "$status" -ne 0 ] || echo "$call $n: exit 0" >>bad
			own_words "$call $n" err >>bad
		done
	done
	[ ! -s bad ] || fail "$(cat bad)"
	[ "$said" -gt 2 ] || fail "only $said failed"
}

@test "gp-hash FILE: what can't be read is told with its own error" {
	local call
	for call in openat read; do
		strace -qq -f -o trace -P src/2.jpg -e trace="$call" -e inject="$call:error=EDQUOT" \
			gp-hash src/1.jpg src/2.jpg src/3.jpg >out 2>err || true
		grep -q INJECTED trace || fail "$call: it struck nowhere"
		same 2 "$(wc -l <out)" "$call"
		own_words "$call" err >>bad
	done
	[ ! -s bad ] || fail "$(cat bad)"
	has "$(cat err)" "src/2.jpg: Disk quota exceeded"
}
