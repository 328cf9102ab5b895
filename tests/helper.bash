# What every .bats file loads: programs first on PATH, a private home and
# archive, nothing of the caller's settings, and the stand-in for Google.
#
#   load helper
#   setup_file() { google_start; }     # where a file needs Google
#   teardown_file() { google_stop; }
#   setup() { common_setup; }          # the default; call it in your own
#
# GP_BIN names the folder of the programs under test (default ../bin),
# GP_LONG=1 asks for the long sweeps, GP_SEED=N repeats one with its seed,
# GP_TEST_PATIENCE multiplies the one limit
# on time that there is.
# shellcheck shell=bash

TESTS=$(cd "${BASH_SOURCE[0]%/*}" && pwd -P)
GP_BIN=$(cd "${GP_BIN:-$TESTS/../bin}" && pwd -P) || {
	echo "no programs in ${GP_BIN:-bin}: run make first" >&2
	exit 1
}
DATA=$TESTS/data
export TESTS GP_BIN DATA GP_LONG="${GP_LONG:-}"

# Seconds after which what hangs is ended. It says nothing about speed: what
# works takes a hundredth of it.
PATIENCE=$((120 * ${GP_TEST_PATIENCE:-1}))
# Before what can't live under a clock that is faked for all of tests/run: Python's
# locks, browsers, programs that look whether stdout is closed
REAL_CLOCK=(env -u LD_PRELOAD -u FAKETIME -u FAKETIME_SHARED -u FAKETIME_TIMESTAMP_FILE)
# ASAN_OPTIONS of what is traced: the leak finder traces too, and one can at a time
NO_LEAKS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
export PATIENCE NO_LEAKS
case $PATH in
"$GP_BIN":*) ;;
*) PATH=$GP_BIN:$PATH ;;
esac
# where Debian has nginx and losetup, and an ordinary user's PATH has not
PATH=$PATH:/usr/sbin:/sbin
# Debian's python3, not that of a version manager or a virtual environment: it has
# none of Debian's modules.
if [ -x /usr/bin/python3 ] && ! [ "$(command -v python3)" -ef /usr/bin/python3 ]; then
	mkdir -p "$BATS_RUN_TMPDIR/python"
	ln -sf /usr/bin/python3 "$BATS_RUN_TMPDIR/python/"
	PATH=$BATS_RUN_TMPDIR/python:$PATH
fi
export PATH

# A caller's settings must not decide what a test sees.
clean_environment() {
	local name
	for name in $(compgen -e); do
		case $name in
		GP_BIN | GP_LONG | GP_SEED | GP_TEST_PATIENCE) ;;
		GP_* | XDG_* | RCLONE_* | AWS_CA_BUNDLE | CURL_CA_BUNDLE | SSL_CERT_FILE | *_proxy | *_PROXY | MAKEFLAGS | MAKELEVEL | LANGUAGE | DISPLAY | WAYLAND_DISPLAY | BROWSER | CDPATH | BASH_ENV | POSIXLY_CORRECT | \
			CALLED_IN | PREFIX | DESTDIR | BINDIR | MANDIR | COMPDIR | LIBEXECDIR | O | SAN | WERROR)
			unset "$name"
			;;
		esac
	done
	export LC_ALL=C.UTF-8 TZ=UTC GP_BACKOFF_MS=10
	# rclone starts in two thirds of the time; what it does here leaves no garbage
	export GOGC=off GOMEMLIMIT=256MiB
}

# archive_new [DIR]: an empty archive, made anew
archive_new() {
	local dir=${1:-$GP_ARCHIVE}
	[ ! -e "$dir" ] || rm -rf "$dir"
	(unset GP_INDEX && exec gp-index -C "$dir" --init 2>/dev/null)
}

# archive_empty: the archive that each test finds. A copy of the file's first: to
# make one takes ten times as long.
archive_empty() {
	[ -d "$BATS_FILE_TMPDIR/empty" ] || archive_new "$BATS_FILE_TMPDIR/empty"
	cp -a "$BATS_FILE_TMPDIR/empty" "$GP_ARCHIVE"
}

# What a test that failed in the middle leaves: a group at work, mounts. A file
# with a teardown of its own calls it there.
common_teardown() {
	local where
	[ -z "${group:-}" ] || kill -9 -- "-$group" 2>/dev/null || true
	# what runs in the background, and what that has begun
	for where in $(jobs -p); do
		pkill -P "$where" 2>/dev/null || true
		kill "$where" 2>/dev/null || true
	done
	while read -r _ where _; do
		[[ $where != "$BATS_TEST_TMPDIR"/* ]] || umount -l "$where" || true
	done </proc/mounts
}

teardown() {
	common_teardown
}

# A fresh home and archive for this test, and Google if the file started it.
common_setup() {
	# bats notes before each command where it is, for half the time of a test: in
	# the test itself it may, in what that calls (errors there are seen as ever) not
	set +T
	clean_environment
	export HOME=$BATS_TEST_TMPDIR/home GP_ARCHIVE=$BATS_TEST_TMPDIR/archive
	export TMPDIR=$BATS_TEST_TMPDIR/tmp TMUX_TMPDIR=$BATS_TEST_TMPDIR
	mkdir -p "$HOME" "$TMPDIR"
	quarter_lasts
	# which is slow to say its version: a shim of a test is asked, it is another program
	! hash rclone 2>/dev/null || export GP_RCLONE=${BASH_CMDS[rclone]}
	[ -e "$GP_ARCHIVE" ] || archive_empty
	if [ -n "${GOOGLE_DIR:-}" ]; then
		google_env
		google_reset
	fi
}

setup() {
	common_setup
}

# --- the stand-in for Google -------------------------------------------------

# Starts it for this file; stopped by google_stop in teardown_file.
google_start() {
	clean_environment
	export GOOGLE_DIR=$BATS_FILE_TMPDIR/google
	mkdir -p "$GOOGLE_DIR"
	"${REAL_CLOCK[@]}" python3 "$TESTS/services/google.py" --dir "$GOOGLE_DIR" \
		--clock-ahead "$(($(date +%s) - $("${REAL_CLOCK[@]}" date +%s)))" "$@" \
		>"$GOOGLE_DIR/output" 2>&1 3>&- 4>&- &
	GOOGLE_PID=$!
	export GOOGLE_PID
	started "$GOOGLE_PID" "$GOOGLE_DIR/env" || {
		cat "$GOOGLE_DIR/output" >&2
		return 1
	}
	google_env
}

google_stop() {
	[ -n "${GOOGLE_PID:-}" ] || return 0
	kill "$GOOGLE_PID" 2>/dev/null || true
	wait "$GOOGLE_PID" 2>/dev/null || true
}

# The addresses and certificate of the stand-in, for the tools.
google_env() {
	set -a
	# shellcheck disable=SC1091 # written by the server when it starts
	. "$GOOGLE_DIR/env"
	set +a
}

# google_set NAME=VALUE...: its switches; see google.py --help. They count from
# the next request on.
google_set() {
	local pair
	for pair in "$@"; do
		printf '%s\n' "${pair#*=}" >"$GOOGLE_DIR/set/.new"
		mv "$GOOGLE_DIR/set/.new" "$GOOGLE_DIR/set/${pair%%=*}"
	done
}

# All switches off, all that it remembers forgotten, the log empty.
google_reset() {
	rm -f "$GOOGLE_DIR"/set/*
	google_set "reset=$BATS_TEST_NUMBER-$RANDOM$RANDOM"
	printf 'ya29.sample\n' >"$GOOGLE_DIR/token"
	: >"$GOOGLE_DIR/log.ndjson"
}

# google_sign_in FILE: signs in as a person would; FILE then holds the sign-in, with
# a token to be renewed
google_sign_in() {
	unset GP_TOKEN_CMD
	google_set consent=allow
	gp-auth login --client "$GOOGLE_DIR/client_secret.json" </dev/null >said.login 2>&1 3>&- &
	wait_for grep -qs '^https:' said.login
	curl -sL --cacert "$GP_CA_FILE" "$(grep '^https:' said.login)" >/dev/null
	wait -n
	jq -c '.access_expires = 0' "$HOME/.config/gp/default.token.json" >"$1"
}

# down: how many whole files came from the stand-in
down() {
	google_log '[.[] | select(.kind == "media" and (.status == 200 or .status == 206))] | length'
}

# google_log JQ-FILTER: of the requests since, as one array
google_log() {
	jq -rs "$1" "$GOOGLE_DIR/log.ndjson"
}

# noise WORD BYTES: prints what nothing makes smaller, always the same
noise() {
	python3 -c 'import random, sys; random.seed(sys.argv[1])
sys.stdout.buffer.write(random.randbytes(int(sys.argv[2])))' "$@"
}

# sql STATEMENT: what the archive's index says to it
sql() {
	sqlite3 "$GP_ARCHIVE/.gp/index.db" "$1"
}

# proofs COPY: how many photos have a proof of it
proofs() {
	gp-index --export | jq -n --arg copy "$1" '[inputs | select(.copies[$copy])] | length'
}

# --- small assertions, each says what it saw ---------------------------------

# jq of a test's own: gojq starts ten times as fast, and sorts the keys. The
# programs under test find jq itself.
jq() {
	gojq "$@"
}

fail() {
	printf '%s\n' "$*" >&2
	return 1
}

# same WANT GOT [WHAT]
same() {
	[ "$1" = "$2" ] && return 0
	printf '%s: differs\n' "${3:-value}" >&2
	diff -u --label wanted --label got <(printf '%s\n' "$1") <(printf '%s\n' "$2") >&2
	return 1
}

# has TEXT PART: TEXT contains PART
has() {
	[ -n "$2" ] || {
		echo "nothing to look for"
		return 1
	}
	[[ "$1" == *"$2"* ]] && return 0
	printf 'not found: %s\nin: %s\n' "$2" "$1" >&2
	return 1
}

# has_not TEXT PART
has_not() {
	[[ "$1" != *"$2"* ]] && return 0
	printf 'found, but should not be: %s\nin: %s\n' "$2" "$1" >&2
	return 1
}

# wait_for COMMAND...: until it succeeds; asked some twenty times a second,
# whatever the clock does meanwhile
wait_for() {
	local n
	for ((n = 0; n < PATIENCE * 20; n++)); do
		"$@" && return 0
		sleep 0.05
	done
	fail "never came true: $*"
}

# started PID FILE: PID has written FILE, and so can be spoken to; not where it has
# ended instead
started() {
	local n
	for ((n = 0; n < PATIENCE * 20; n++)); do
		[ ! -s "$2" ] || return 0
		kill -0 "$1" 2>/dev/null || break
		sleep 0.05
	done
	fail "it did not start; there is no ${2##*/}"
}

# uptime_ms: milliseconds of a clock that nobody sets
uptime_ms() {
	local up
	read -r up _ </proc/uptime
	echo "$((10#${up/./} * 10))"
}

# slept COMMAND...: prints how many milliseconds it asked to sleep, in all; what it
# says is in out and err. Fails as it does
slept() {
	ASAN_OPTIONS=$NO_LEAKS strace -qq -f -e signal=none -o slept \
		-e trace=nanosleep,clock_nanosleep "$@" >out 2>err || fail "$(cat err)" || return
	sed -n 's/}.*//; s/.*{tv_sec=\([0-9]*\), tv_nsec=/\1 /p' slept |
		awk '{ ms += $1 * 1000 + $2 / 1000000 } END { print int(ms) }'
}

# near WHEN: a time (anything that date reads) is the one now, within two hours:
# no machine is so slow, and a clock may be set meanwhile
near() {
	local off
	off=$(($(date +%s) - $(date -d "$1" +%s)))
	[ "${off#-}" -le 7200 ] || fail "$1 is $off seconds ago"
}

# faketime TIME COMMAND...: runs it by a clock that shows TIME (as date reads it) now;
# -f TIME: and does not move. Not Debian's program of that name: that wants a
# /dev/shm, for what its children share. Also where all of this runs under another
# clock
faketime() {
	local now time
	if [ "$1" = -f ]; then
		time=$2
		shift 2
	else
		now=$("${REAL_CLOCK[@]}" date +%s)
		printf -v time '%+d' $(($(date -d "$1" +%s) - now))
		shift
	fi
	# shellcheck disable=SC2016 # $LIB is ld.so's
	"${REAL_CLOCK[@]}" FAKETIME="$time" FAKETIME_DISABLE_SHM=1 \
		LD_PRELOAD='/usr/$LIB/faketime/libfaketime.so.1' "$@"
}

# in_days DAYS COMMAND...: by a clock so many days ahead
in_days() {
	local time
	time=$(date -d "+$1 days" '+%F %T')
	shift
	faketime "$time" "$@"
}

# frozen TIME COMMAND...: runs it with a clock that shows TIME (as date reads it)
# and does not move
frozen() {
	local time
	time=$(date -d "$1" '+%F %T')
	shift
	# the preload comes before the sanitizer's own, which it allows so
	FAKETIME_DONT_FAKE_MONOTONIC=1 \
		ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 \
		faketime -f "$time" "$@"
}

# this_quarter: prints the quarter in which the archive's folders are now, as in
# 2026-Q4
this_quarter() {
	quarter_of "$EPOCHSECONDS"
	echo "$REPLY"
}

# quarter_lasts: waits out the last minutes of a quarter: a test that began in
# them would see two
quarter_lasts() {
	local n soon
	for ((n = 0; n < PATIENCE * 5; n++)); do
		quarter_of $((EPOCHSECONDS + PATIENCE * 5))
		soon=$REPLY
		quarter_of "$EPOCHSECONDS"
		[ "$REPLY" != "$soon" ] || break
		sleep 1
	done
}

# quarter_of SECONDS: $REPLY, the quarter of that time
quarter_of() {
	local year month
	printf -v year '%(%Y)T' "$1"
	printf -v month '%(%-m)T' "$1"
	REPLY=$year-Q$(((month + 2) / 3))
}

# preloaded LIBRARY COMMAND...: runs it with LIBRARY loaded first; a sanitizer
# allows it
preloaded() {
	local library=$1
	shift
	LD_PRELOAD=$library ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0 "$@"
}

# slow_until PROGRAM TEXT: as slow_program, from now on
slow_until() {
	slow_program "$@"
	PATH=$PWD/bin:$PATH
}

# slow_program PROGRAM TEXT: bin/PROGRAM, which begins its work once the shell text
# TEXT, run in this folder, is true; the file `slow` is there when it waits for that
slow_program() {
	local program
	program=$(command -v "$1") || return
	mkdir -p bin
	cat >"bin/$1" <<-END
		#!/bin/sh
		(cd "$PWD" && touch slow && until [ ! -e slow ] || { $2; }; do sleep 0.05; done)
		exec "$program" "\$@"
	END
	chmod +x "bin/$1"
}

# group_start COMMAND...: in the background, in a process group of its own: $group
group_start() {
	local alive=$BATS_TEST_TMPDIR/alive
	[ -p "$alive" ] || mkfifo "$alive"
	# <&0: bash gives a background command /dev/null else
	setsid "$@" <&0 >/dev/null 2>&1 3>&- 4>&- 9>"$alive" &
	group=$!
	exec {ALIVE}<"$alive"
}

# group_kill: all of that group; comes back when the last of it is gone. Counts in
# $hits those that had not ended by themselves.
group_kill() {
	# it is a group of its own once setsid has begun
	until kill -9 -- "-$group" 2>/dev/null || ! kill -0 "$group" 2>/dev/null; do sleep 0.01; done
	wait "$group" 2>/dev/null || [ $? -ne 137 ] || hits=$((${hits:-0} + 1))
	cat <&"$ALIVE" >/dev/null
	exec {ALIVE}<&-
	group=
}

# killed SECONDS COMMAND...: starts such a group, and kills it after SECONDS. What
# the test says must be true whenever that is; in the end, killed_some. After each
# that had ended by then the next are killed twice as early: on a fast machine, too,
# most have work left to do.
killed() {
	local before=${hits:-0}
	group_start "${@:2}"
	sleep "$(awk -v s="$1" -v n="${missed:-0}" 'BEGIN { print s / 2 ^ n }')"
	group_kill
	[ "${hits:-0}" -gt "$before" ] || missed=$((${missed:-0} + 1))
}

# killed_some: fails where no group had work left to do when it was killed
killed_some() {
	[ "${hits:-0}" -gt 0 ] || fail "each run had ended before it was killed"
}

# killed_at CALL N COMMAND...: runs it, and kills it as it makes system call CALL
# for the Nth time. Counts in $struck those that came to that.
killed_at() {
	local call=$1 n=$2 trace=$BATS_TEST_TMPDIR/killed_at
	shift 2
	strace -qq -f -o "$trace" -e trace="$call" -e inject="$call:signal=KILL:when=$n" "$@" || true
	! grep -q 'killed by SIGKILL' "$trace" || struck=$((${struck:-0} + 1))
}

# seeded: what RANDOM gives from now on is that of $seed: of GP_SEED, else the
# same each time; the long run draws one, and says it
seeded() {
	seed=${GP_SEED:-1}
	[ -n "${GP_SEED:-}" ] || [ -z "$GP_LONG" ] || seed=$RANDOM
	RANDOM=$seed
	echo "# GP_SEED=$seed" >&3
}

# needs_xattrs: skips the test where files can't have attributes of users, in
# which gp-fetch notes how far a download is
needs_xattrs() {
	: >"$BATS_TEST_TMPDIR/attributes"
	python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.gp", b"x")' \
		"$BATS_TEST_TMPDIR/attributes" 2>/dev/null || skip "needs attributes of users (xattr)"
}

# rounds SHORT LONG: how many, in the short run and in the long one
rounds() {
	if [ -n "$GP_LONG" ]; then echo "$2"; else echo "$1"; fi
}

# long_only: skips the test unless the long sweeps were asked for
long_only() {
	[ -n "$GP_LONG" ] || skip "only with tests/run --long"
}
