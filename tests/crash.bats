#!/usr/bin/env bats
# Stopped at every durable step, and anywhere: run again, and nothing tells
# the archive from one that was never disturbed.
bats_require_minimum_version 1.5.0
load helper

# what changes a disk, of all that our programs and SQLite call
STEPS="fsync fdatasync renameat2 renameat rename linkat unlinkat unlink pwrite64 write ftruncate mkdirat mkdir openat"

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	command -v strace >/dev/null || skip "no strace here"
	# LeakSanitizer and ptrace don't go together
	export ASAN_OPTIONS=detect_leaks=0
	mkdir src
	for i in 1 2 3; do printf 'photo %s' "$i" >"src/$i.jpg"; done
	cp src/1.jpg src/copy-of-1.jpg
	gp-list --album Ezra "dir:$PWD/src" >list
}

# run_whole ARCHIVE: the pipeline, undisturbed
run_whole() {
	gp-index -C "$1" --new <list | gp-fetch -C "$1" | gp-hash -C "$1" |
		gp-index -C "$1" --record >"$1.out"
}

# state ARCHIVE: all that must not depend on what happened on the way
state() {
	(cd "$1" && find . -path ./.gp -prune -o -type f -print | LC_ALL=C sort | xargs -d '\n' sha256sum)
	find "$1/.gp/staging" -type f | sed "s|$1||"
	sqlite3 "$1/.gp/index.db" "
		SELECT hex(sha256), size, path, folded, original, stored IS NOT NULL FROM file ORDER BY 1;
		SELECT id, source, filename, hex(file) FROM item ORDER BY 1;
		SELECT title, count(*) FROM album JOIN item_album USING (album) GROUP BY album;
		SELECT count(*) FROM failure; SELECT count(*) FROM folder_changed;
		SELECT kind FROM event; PRAGMA integrity_check" |
		sed "s|$PWD||"
}

# count_steps SYSCALL COMMAND...: how often COMMAND calls it
count_steps() {
	local call=$1
	shift
	strace -qq -f -o count.log -e trace="$call" "$@" >/dev/null 2>&1 || true
	grep -c "$call(" count.log || true
}

# sweep NAME: kills stage NAME at each of its durable steps in turn
sweep() {
	local stage=$1 call n count total=0
	shift
	for call in $STEPS; do
		rm -rf whole && prepare whole
		count=$(count_steps "$call" "$@" <whole.in)
		for n in $(seq "$count"); do
			total=$((total + 1))
			rm -rf crash && prepare whole
			strace -qq -f -o /dev/null -e trace="$call" -e inject="$call:signal=KILL:when=$n" \
				"$@" <whole.in >/dev/null 2>&1 || true
			run_whole whole 2>err || { echo "$stage killed at $call $n: the next run fails"; cat err; return 1; }
			state whole >got
			diff want got || { echo "$stage killed at $call $n"; return 1; }
		done
	done
	echo "# $stage: killed at $total steps" >&3
	[ "$total" -gt 20 ]
}

@test "gp-index --record: killed at each durable step, the next run finishes the work" {
	prepare() {
		rm -rf "$1"
		gp-index -C "$1" --new <list | gp-fetch -C "$1" | gp-hash -C "$1" >"$1.in"
	}
	run_whole whole
	state whole >want
	sweep "gp-index --record" gp-index -C whole --record
}

@test "gp-fetch: killed at each durable step, the next run finishes the work" {
	prepare() {
		rm -rf "$1"
		gp-index -C "$1" --new <list >"$1.in"
	}
	run_whole whole
	state whole >want
	sweep gp-fetch gp-fetch -C whole
}

@test "the pipeline: killed at random, again and again, it ends as if nothing had been" {
	local i pid
	run_whole whole
	state whole >want
	for i in $(seq 50); do
		rm -rf whole
		# each its own process group, so that all stages die at once
		setsid bash -c "gp-index -C whole --new <list | gp-fetch -C whole | gp-hash -C whole |
			gp-index -C whole --record" >/dev/null 2>&1 &
		pid=$!
		sleep "0.0$((RANDOM % 90 + 10))"
		kill -9 -- "-$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
		run_whole whole
		state whole >got
		diff want got
	done
}

@test "two runs of one album at once: one archive, nothing twice, nothing left" {
	run_whole whole
	state whole >want
	rm -rf whole
	mkdir whole
	pipeline() {
		gp-index -C whole --new <list | gp-fetch -C whole | gp-hash -C whole | gp-index -C whole --record
	}
	pipeline >out1 &
	local pid=$!
	pipeline >out2
	wait "$pid"
	state whole >got
	diff want got
	[ "$(cat out1 out2 | jq -r 'select(.error)' | wc -l)" -eq 0 ]
}
