#!/usr/bin/env bats
# Stopped at every durable step, and anywhere: run again, and nothing tells
# the archive from one that was never disturbed.
# builds: plain
bats_require_minimum_version 1.5.0
load helper
load pipeline

# what changes a disk, of all that our programs and SQLite call
STEPS="fsync fdatasync syncfs renameat2 renameat rename linkat unlinkat unlink pwrite64 write ftruncate mkdirat mkdir openat"

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	# LeakSanitizer and ptrace don't go together
	export ASAN_OPTIONS=$NO_LEAKS
	make_album
}

# undisturbed WHAT: nothing tells the archive from one that was never disturbed
undisturbed() {
	state whole >got
	sqlite3 whole/.gp/index.db 'SELECT kind FROM event' >>got
	diff want got || fail "$1: the next run does not end the same"
}

# numbers CALL: which of these in the file `calls` change a disk, as strace counts
# them, in each thread; to open a file for reading alone is no step
numbers() {
	awk -v call="$1" 'index($2, call "(") == 1 { n = ++count[$1]
		if (call != "openat" || /O_(CREAT|TRUNC|WRONLY|RDWR|TMPFILE)/) print n }' calls | sort -nu
}

# sweep STAGE LEAST COMMAND...: kills it at each of its durable steps in turn, at
# LEAST so many; in the short run at every sixth of a call, from the second on
sweep() {
	local stage=$1 least=$2 call n nth total=0 tried=0 floor=0
	shift 2
	prepare "$stage"
	strace -qq -f -o calls -e "trace=${STEPS// /,}" "$@" <whole.in >/dev/null
	for call in $STEPS; do
		nth=0
		for n in $(numbers "$call"); do
			total=$((total + 1)) nth=$((nth + 1))
			[ -n "$GP_LONG" ] || [ "$((nth % 6))" -eq 2 ] || continue
			tried=$((tried + 1))
			prepare "$stage"
			killed_at "$call" "$n" "$@" <whole.in >/dev/null 2>&1
			run_whole whole 2>err ||
				fail "$stage killed at $call $n: the next run fails: $(cat err)"
			undisturbed "$stage killed at $call $n"
		done
	done
	echo "# $stage: $total steps" >&3
	[ "$total" -ge "$least" ]
	# which of its threads makes a call is not the same each time, and the short run
	# tries few
	[ "$stage$GP_LONG" = gp-fetch ] || floor=$((tried / 2))
	[ "$struck" -gt "$floor" ] || fail "$struck of $tried were killed"
}

@test "gp-index --record: killed at each durable step, the next run finishes the work" {
	sweep gp-index-record 80 gp-index -C whole --record
}

@test "gp-fetch: killed at each durable step, the next run finishes the work" {
	sweep gp-fetch 12 gp-fetch -C whole
}

# second_album: the archive `before` has photos of one album; `list` shows them
# in another too, with more metadata than one batch holds, and one new photo
second_album() {
	local i
	for i in $(seq 30); do printf 'more %s' "$i" >"src/m$i.jpg"; done
	list_of --album Ezra "dir:$PWD/src"
	mv whole before
	printf 'new one' >src/new.jpg
	gp-list --album Zoo "dir:$PWD/src" | jq -c '.metadata.pad = ("x" * 40000)' >list
	cp -a before whole
	run_whole whole
	state whole >want
	albums whole >want.albums
	[ "$(wc -l <want.albums)" -eq "$(($(wc -l <list) * 2 - 1))" ]
}

albums() {
	sqlite3 "$1/.gp/index.db" 'SELECT item.id, title FROM item JOIN item_album USING (item)
		JOIN album USING (album) ORDER BY 1, 2'
}

# membership_kept WHAT: run again, every photo is in all its albums
membership_kept() {
	run_whole whole 2>err || fail "$1: the next run fails: $(cat err)"
	undisturbed "$1"
	albums whole >got.albums
	diff want.albums got.albums || fail "$1: a membership is lost"
	gp-index -C whole --check 2>err || fail "$1: $(cat err)"
}

@test "gp-index --new: killed at each durable step, no photo loses its second album" {
	local call n count total=0 most
	most=$(rounds 3 12)
	second_album
	rm -rf whole
	cp -a before whole
	strace -qq -f -o calls -e "trace=${STEPS// /,}" gp-index -C whole --new <list >new
	[ "$(jq -r .filename new)" = new.jpg ]
	for call in $STEPS; do
		count=$(numbers "$call" | wc -l)
		for n in $(numbers "$call"); do
			# of many pages written, some
			[ "$count" -le "$most" ] || [ "$((n % (count / most + 1)))" -eq 0 ] || continue
			total=$((total + 1))
			rm -rf whole
			cp -a before whole
			killed_at "$call" "$n" gp-index -C whole --new <list >/dev/null 2>&1
			membership_kept "gp-index --new killed at $call $n"
		done
	done
	echo "# gp-index --new: killed at each of $total steps" >&3
	[ "$total" -gt 10 ]
	same "$total" "$struck" "those that were killed"
}

@test "gp-index --new: killed again and again in the middle of a listing, no membership is lost" {
	long_only
	second_album
	seeded
	rm -rf whole
	cp -a before whole
	for _ in $(seq 10); do
		# more comes than a pipe holds: it has most of it when all is written
		rm -f given
		# shellcheck disable=SC2016 # its own arguments
		group_start bash -c '{ head -n "$0" list; touch given; exec sleep $((PATIENCE * 5)); } |
			gp-index -C whole --new' "$((RANDOM % ($(wc -l <list) - 5) + 5))"
		wait_for test -e given
		group_kill
	done
	same 10 "$hits"
	membership_kept "--new killed ten times"
}

@test "the pipeline: killed at random, it ends as if nothing had been" {
	seeded
	for _ in $(seq "$(rounds 8 50)"); do
		archive_new whole
		killed "0.0$((RANDOM % 90 + 10))" bash -c 'gp-list -C whole --album Ezra "dir:$PWD/src" | gp-index -C whole --new |
			gp-fetch -C whole | gp-hash -C whole | gp-index -C whole --record'
		run_whole whole
		undisturbed "the pipeline"
	done
	killed_some
}

@test "the pipeline: whichever stage is killed, the next run ends it as if nothing had been" {
	local stage call n
	while read -r stage call n; do
		archive_new whole
		GP_ARCHIVE=whole with_killed "$stage" "$call" "$n" --album Ezra "dir:$PWD/src" >out 2>err
		run_whole whole 2>err || fail "$stage killed at $call $n: the next run fails: $(cat err)"
		undisturbed "$stage killed at $call $n"
	done < <(stage_kills)
	[ "$struck" -ge 5 ] || fail "$struck were killed"
}

@test "two runs of one album at once: one archive, nothing twice, nothing left" {
	local pid
	archive_new whole
	run_whole whole 3>&- &
	pid=$!
	gp-index -C whole --new <list | gp-fetch -C whole | gp-hash -C whole |
		gp-index -C whole --record >other.out
	wait "$pid"
	undisturbed "two at once"
	[ "$(jq -r 'select(.error)' whole.out other.out | wc -l)" -eq 0 ]
}

@test "two runs at once of one PID, as in containers, store each photo" {
	local pid
	[ "$(id -u)" -eq 0 ] || skip "needs root for a PID name space"
	unshare -pf true || skip "needs PID name spaces"
	archive_new whole
	declare -f run_whole >job
	echo 'run_whole whole' >>job
	unshare -pf bash -e -o pipefail job 3>&- &
	pid=$!
	sed 's/>"$1.out"/>other.out/' job >other
	unshare -pf bash -e -o pipefail other
	wait "$pid"
	undisturbed "two of one PID"
	[ "$(jq -r 'select(.error)' whole.out other.out | wc -l)" -eq 0 ]
}

@test "two runs share one staged file: who comes late is a duplicate, or an error if nothing is stored" {
	archive_new whole
	gp-index -C whole --new <list | gp-fetch -C whole >one
	gp-index -C whole --new <list | gp-fetch -C whole >two
	[ "$(jq -r .file one)" = "$(jq -r .file two)" ]
	gp-hash -C whole <one | gp-index -C whole --record >one.out
	gp-hash -C whole <two | gp-index -C whole --record >two.out
	[ "$(jq -r .status two.out | sort -u)" = duplicate ]
	diff <(jq -r 'select(.sha256) | .sha256 + .path' one.out | sort -u) <(jq -r '.sha256 + .path' two.out | sort -u)
	undisturbed "two that share"
	archive_new whole
	gp-index -C whole --new <list | gp-fetch -C whole >one
	rm whole/.gp/staging/*
	run -1 --separate-stderr gp-index -C whole --record < <(gp-hash -C whole <one)
	[ "$(jq -r .error.code <<<"$output" | sort -u)" = gone ]
}
