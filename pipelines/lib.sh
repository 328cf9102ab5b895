# What the pipelines share. Source it; it runs nothing, finds the tools, and
# sources conf.sh.
# shellcheck shell=bash

# say TEXT...: for the person, on stderr, named as the tools name themselves
say() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

# die STATUS TEXT...
die() {
	local status=$1
	shift
	say "$@"
	exit "$status"
}

# stages_judge NAMES STATUS...: what a pipeline came to. NAMES are its stages,
# separated by commas; the STATUSes are its PIPESTATUS. Names every stage that
# did not end well and returns the worst: 0, 1, 2, or 3 (a person is needed).
# A stage that died of SIGPIPE (141) is named only when no other is to blame.
stages_judge() {
	local names=$1 worst=0 broken=() status name reason
	shift
	for status in "$@"; do
		name=${names%%,*}
		names=${names#*,}
		case $status in
		0) continue ;;
		1) reason="some items failed; see its messages above" ;;
		2) reason="could not start or go on" ;;
		3) reason="a person is needed; see its message above" ;;
		126 | 127) reason="could not be run" ;;
		141)
			broken+=("$name")
			continue
			;;
		*)
			if [ "$status" -gt 128 ]; then
				reason="was ended by signal $((status - 128))"
			else
				reason="ended with status $status"
			fi
			;;
		esac
		say "stage $name: $reason"
		[ "$status" -le 3 ] || status=2
		[ "$status" -le "$worst" ] || worst=$status
	done
	if [ "${#broken[@]}" -gt 0 ] && [ "$worst" -lt 2 ]; then
		say "stage ${broken[*]}: the stage after it stopped reading"
		worst=2
	fi
	return "$worst"
}

# stage NAME COMMAND...: runs it. In a run of gp-backup what it says is kept by
# itself too, in NAME.stderr; tee ends with the stage, not by a signal, and all
# is written when this returns.
stage() {
	local name=$1 st
	shift
	if [ -z "${run:-}" ]; then
		"$@"
		return
	fi
	{
		if "$@" 2>&1 >&3 3>&- | (
			trap '' INT HUP TERM
			exec tee -a "$run/$name.stderr" >&2 3>&-
		); then
			st=("${PIPESTATUS[@]}")
		else
			st=("${PIPESTATUS[@]}")
		fi
	} 3>&1
	return "${st[0]}"
}

# store_new SOURCE...: the main job. Lists the sources, stores what is new,
# records on stdout. Arguments as for gp-list; gp-fetch is given the caller's
# array fetch_flags, if it has one. Returns as stages_judge.
# shellcheck disable=SC2154 # fetch_flags
store_new() {
	local st
	if stage gp-list gp-list "$@" | stage gp-index-new gp-index --new |
		stage gp-fetch gp-fetch "${fetch_flags[@]}" | stage gp-hash gp-hash |
		stage gp-index-record gp-index --record; then
		st=("${PIPESTATUS[@]}")
	else
		st=("${PIPESTATUS[@]}")
	fi
	stages_judge "gp-list,gp-index --new,gp-fetch,gp-hash,gp-index --record" \
		"${st[@]}"
}

# sums_check ARCHIVE: proves every folder of the archive with sha256sum alone
# and prints how many files that were. A file that no list names and an empty
# list are failures: they would pass unseen.
sums_check() {
	local archive=$1 folder files listed total=0
	for folder in "$archive"/*/; do
		case ${folder%/} in
		*/burn | */archived | *\*) continue ;;
		esac
		files=$(find "$folder" -type f ! -name SHA256SUMS | wc -l)
		listed=$(grep -c . "$folder/SHA256SUMS") || listed=0
		if [ "$listed" -eq 0 ] || [ "$listed" -ne "$files" ]; then
			say "$folder: $files files, but SHA256SUMS names $listed"
			return 1
		fi
		(cd "$folder" && sha256sum --check --strict --quiet SHA256SUMS) >&2 ||
			return 1
		total=$((total + files))
	done
	printf '%s\n' "$total"
}

# lines_add FILE < LINES: to the end of FILE, by themselves though a full disk has cut
# its last line
lines_add() {
	local last=''
	[ ! -s "$1" ] || last=$(tail -c 1 "$1")
	{
		[ -z "$last" ] || echo
		cat
	} >>"$1"
}

# drill_last COPY: when its last good drill was; nothing where there was none. A
# line that was cut by a crash is none.
drill_last() {
	[ ! -s "$GP_ARCHIVE/.gp/drills.ndjson" ] || jq -rRn --arg copy "$1" '
		[inputs | fromjson? | select(type == "object" and .copy == $copy and .result == "ok") | .time |
			select(try (fromdate | true) catch false)] | max // empty' "$GP_ARCHIVE/.gp/drills.ndjson"
}

# archive_there: whether $GP_ARCHIVE is an archive; one of an earlier gp has its
# index alone
archive_there() {
	[ -d "$GP_ARCHIVE/.gp" ] &&
		{ [ -s "$GP_ARCHIVE/.gp/archive" ] || [ -s "${GP_INDEX:-$GP_ARCHIVE/.gp/index.db}" ]; }
}

# archive_need: ends the program where there is none, before it makes a folder
archive_need() {
	archive_there ||
		die 2 "no archive at $GP_ARCHIVE; is the disk mounted? \`gp-index --init\` makes one"
}

# lock_fd FD FILE OPTION...: locks FILE, open as FD, as flock(1) is told by the
# OPTIONs. Returns 1 where another run holds it; 2, with the reason said, where it
# can't be locked.
lock_fd() {
	local fd=$1 file=$2 why status=0
	shift 2
	why=$(flock -E 75 "$@" "$fd" 2>&1) || status=$?
	[ "$status" -ne 75 ] || return 1
	[ "$status" -eq 0 ] || {
		say "$file can't be locked: ${why##*: }: it must lie where file locks (flock) work, as on a local disk"
		return 2
	}
}

# lock_file FILE OPTION...: holds FILE until the program and what it started have
# ended. Returns 1 where another run holds it; ends the program where it can't be
# locked.
lock_file() {
	local status=0
	exec {LOCK_FD}>>"$1" || die 2 "$1 can't be written"
	lock_fd "$LOCK_FD" "$@" || status=$?
	[ "$status" -le 1 ] || exit 2
	return "$status"
}

# lock_take NAME: the same, of the lock NAME of this archive, without waiting
lock_take() {
	archive_need
	lock_file "$GP_ARCHIVE/.gp/$1.lock" -n
}

# publish TEMPORARY FILE: what lies in TEMPORARY, on the same disk, becomes FILE: whole
# or not at all, and to stay once this returns, though the machine goes down
publish() {
	local folder=${2%/*}
	[ "$folder" != "$2" ] || folder=.
	sync -- "$1" && mv -fT -- "$1" "$2" && sync -- "${folder:-/}"
}

# scratch_make: a scratch folder below $TMPDIR in $work; the caller removes it
scratch_make() {
	local scratch
	scratch_in "${TMPDIR:-/tmp}" || die 2 "no scratch folder can be made in ${TMPDIR:-/tmp}"
	# shellcheck disable=SC2034 # the callers'
	work=$scratch
}

# scratch_in DIR: removes what killed runs left there and makes a folder of our own,
# in $scratch; the caller removes it. Its lock is held as long as this shell, or
# whatever it began, is at work: a pid may be another's by now, or of another
# container that shares DIR. Returns 1 where none can be made.
scratch_in() {
	local held
	scratch_sweep "$1"
	while scratch=$(mktemp -d "$1/${0##*/}.scratch.XXXXXX" 2>/dev/null); do
		if { exec {held}<"$scratch"; } 2>/dev/null; then
			# without locks nobody sweeps
			flock "$held" 2>/dev/null || return 0
			# a sweep may have come between
			[ ! -d "$scratch" ] || return 0
			exec {held}<&-
		fi
	done
	return 1
}

# scratch_sweep DIR: removes the scratch folders there that nobody works in
scratch_sweep() {
	local old held
	for old in "$1"/gp-*.scratch.??????; do
		if [ -d "$old" ] && [ -O "$old" ] && [ ! -L "$old" ] && { exec {held}<"$old"; } 2>/dev/null; then
			! flock -n "$held" 2>/dev/null || rm -rf "$old"
			exec {held}<&-
		fi
	done
}

# trap_signals: a shell that is told to end does what EXIT asks for
trap_signals() {
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

# end_children: ends what this shell runs in the background
end_children() {
	local pids
	ticks_end
	pids=$(jobs -p)
	# shellcheck disable=SC2086 # one word each
	[ -z "$pids" ] || kill $pids 2>/dev/null || true
	wait
}

# watched: whether a person looks on: progress is said then. gp-backup sets
# GP_WATCHED for its steps, whose messages go through a pipe.
watched() {
	[ -t 2 ] || [ -n "${GP_WATCHED:-}" ]
}

# ticks_begin TEXT [FILE TOTAL]: until ticks_end, for a person who looks on: after
# two seconds, and then every ten, how many lines FILE has, or that it works.
# It ends with its stdin, not by a signal: where Ctrl-C ends a child, a trap that
# waits for it may wait for ever (bash 5.2).
ticks_begin() {
	watched || [ -n "${VERBOSE:-}" ] || return 0
	exec {ticker}> >(ticks "$@" >/dev/null)
	ticker_pid=$!
}

ticks() {
	local start=$SECONDS
	trap '' INT HUP
	trap - EXIT TERM
	naps 2 || return 0
	while kill -0 $$ 2>/dev/null; do
		if [ $# -gt 1 ]; then
			say "$1: $(wc -l <"$2") of $3 files"
		else
			say "$1: at work for $((SECONDS - start)) s"
		fi
		naps 10 || return 0
	done
}

ticks_end() {
	[ -n "${ticker:-}" ] || return 0
	exec {ticker}>&-
	ticker=''
	wait "$ticker_pid" || true
}

# naps SECONDS: waits; returns 1 as soon as stdin ends
naps() {
	local status=0
	read -rt "$1" || status=$?
	[ "$status" -gt 128 ]
}

# lists_end: writes each SHA256SUMS that a run which was killed left to be written
lists_end() {
	# 1: such as stay until a person settles what they name
	gp-index --record </dev/null >/dev/null || [ $? -eq 1 ] || die 2 "the lists of sums can't be written; see the message above"
}

# tools_need NAME...: ends the program where one of them is not to be found
tools_need() {
	local name
	for name in "$@"; do
		command -v "$name" >/dev/null ||
			die 2 "$name is not in PATH ($PATH): install it, or set PATH"
	done
}

# rclone_need: ends the program where rclone is missing or too old. It is slow
# to say its version: gp-backup asks once, GP_RCLONE is the program it asked.
rclone_need() {
	local version program
	program=$(command -v rclone) ||
		die 2 "rclone is not installed; install it (apt install rclone) and run this again"
	[ "$program" != "${GP_RCLONE:-}" ] || return 0
	version=$(rclone version 2>/dev/null | sed -n '1s/^rclone v\([0-9.]*\).*/\1/p')
	[ "$(printf '%s\n' 1.60.1 "${version:-0}" | sort -V | head -n 1)" = 1.60.1 ] ||
		die 2 "rclone ${version:-(of unknown version)} is too old: 1.60.1 or newer is needed; see https://rclone.org/install/"
	export GP_RCLONE=$program
}

# the tools are beside the pipelines, or in bin/ of the checkout: cron's PATH
# has neither
{ IFS= read -rd '' lib_dir && IFS= read -rd '' program; } < <(readlink -zm -- "${BASH_SOURCE[0]}" "$0")
lib_dir=${lib_dir%/*}
PATH=$PATH:${program%/*}/:$lib_dir/../bin
unset program
# shellcheck source-path=SCRIPTDIR source=conf.sh
. "$lib_dir/conf.sh"

# bandwidth_flag SHARES: prints the flag for this share of GP_BANDWIDTH, if that
# is a limit
bandwidth_flag() {
	numfmt --from=si "${GP_BANDWIDTH:-0}" |
		awk -v n="$1" '$1 > 0 { b = int($1 / n); printf "--bwlimit=%dB", (b > 0 ? b : 1) }'
}

# no_room FILE: whether it (-: standard input) says that a disk of this machine is full
no_room() {
	grep -qi -e 'no space left' -e 'remaining disk space' "$1"
}
