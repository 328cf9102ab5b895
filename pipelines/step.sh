# One step of gp-backup: apart from other runs where they would disturb each
# other, watched by whoever sits at a terminal, and ended with all its children.
# shellcheck shell=bash disable=SC2154 # run is the caller's

LOCK_WAIT=21600 # seconds: six hours
TICKS=10        # seconds between two signs of life

# lock_wait VAR NAME [--shared]: holds NAME for this archive, by the file
# descriptor in VAR, until that is closed. Waits while another run has it, up to
# GP_LOCK_WAIT seconds; returns 1 where it still has, 2 where it can't be locked.
lock_wait() {
	local -n fd_=$1
	local file=$GP_ARCHIVE/.gp/$2.lock how=${3:---exclusive} wait=${GP_LOCK_WAIT:-$LOCK_WAIT} status=0
	exec {fd_}>>"$file" || {
		say "$file can't be written"
		return 2
	}
	lock_fd "$fd_" "$file" "$how" -n || status=$?
	if [ "$status" -eq 1 ]; then
		say "$(lock_holder "$file") is at work on the same archive: waiting for it"
		status=0
		lock_fd "$fd_" "$file" "$how" -w "$wait" || status=$?
		[ "$status" -ne 1 ] ||
			say "$(lock_holder "$file") is still at work after $wait seconds: this is left to the next run; if that one hangs, end it"
	fi
	[ "$status" -eq 0 ] || {
		exec {fd_}>&-
		return "$status"
	}
	[ "$how" = --shared ] || printf '%s\n' "$GP_RUN" >"$file"
}

# lock_holder FILE: who has the lock, as far as that is known
lock_holder() {
	local run
	run=$(head -c 100 "$1" | tr -dc '[:alnum:]-')
	if [ -n "$run" ] && [ -d "/proc/${run##*-}" ]; then
		printf 'gp-backup (run %s, process %s)' "$run" "${run##*-}"
	else
		printf 'another gp-backup'
	fi
}

# step_apart STEP: the step, while no other run is at what it must not meet
step_apart() {
	# shellcheck disable=SC2034 # held until this shell ends
	local step=$1 lock
	# step_end ends it, in order
	trap '' INT HUP
	case $step in
	store | report) ;; # any number at once
	pull | tidy) lock_wait lock exports || return ;;
	*) lock_wait lock copies || return ;;
	esac
	"step_$step"
}

# step_watched STEP FILE: runs it and returns what it does; what it says goes to
# stderr and FILE. It runs in the background, so that a signal is heard at once.
step_watched() {
	local step=$1 file=$2 status=0
	exec {step_log}> >(
		trap '' INT TERM HUP
		exec tee "$file" >&2
	)
	step_tee=$!
	if watched; then
		exec {step_tick}> >(
			exec {step_log}>&-
			step_ticks "$step" "$file"
		)
		step_ticker=$!
	else
		exec {step_tick}>/dev/null
	fi
	step_apart "$step" <&0 >&"$step_log" 2>&1 {step_log}>&- {step_tick}>&- &
	step_pid=$!
	wait "$step_pid" || status=$?
	step_pid=''
	step_close
	wait "$step_tee" || true
	[ -z "$step_ticker" ] || wait "$step_ticker" || true
	return "$status"
}

# step_close: nothing more is said by the step
step_close() {
	[ -z "$step_log" ] || exec {step_log}>&- {step_tick}>&-
	step_log=''
}

# step_ticks STEP FILE: says that it is at work where it says nothing itself,
# until stdin ends (see ticks_begin)
step_ticks() {
	local start=$SECONDS before='' now
	trap '' INT HUP
	trap - TERM
	naps 2 || return 0
	while :; do
		now=$(stat -c %s "$2" 2>/dev/null) || now=0
		[ "$now" != "$before" ] || say "$1: at work for $((SECONDS - start)) s"
		[ -n "$before" ] || say "$1 ..."
		before=$now
		naps "$TICKS" || return 0
	done
}

# step_end: ends the step that is at work, with all that it has started
step_end() {
	local pids='' now
	[ -n "$step_pid" ] || return 0
	say "ending what is at work"
	step_close
	# who is stopped starts nothing more, so that none is missed
	while now=$(tree_of "$step_pid") && [ "$now" != "$pids" ]; do
		pids=$now
		send STOP "$pids"
	done
	send TERM "$pids"
	send CONT "$pids"
	until_gone 100 "$pids"
	send KILL "$pids"
	until_gone 20 "$step_tee $step_ticker"
}

# send SIGNAL PIDS
send() {
	# shellcheck disable=SC2086 # one word each
	kill -s "$1" $2 2>/dev/null || true
}

# until_gone N PIDS: waits for them, at most so many tenths of a second
until_gone() {
	local n pid left
	for ((n = 0; n < $1; n++)); do
		left=''
		for pid in $2; do
			! grep -qs '^State:[[:space:]]*[^ZX]' "/proc/$pid/status" || left=1
		done
		[ -n "$left" ] || return 0
		sleep 0.1
	done
}

# tree_of PID: it and all that it has started, parents first
tree_of() {
	{ grep -H '^PPid:' /proc/[0-9]*/status 2>/dev/null || true; } | tr -c '0-9\n' ' ' |
		LC_ALL=C awk -v top="$1" '
			{ of[$2] = of[$2] " " $1 }
			END {
				list[n = 1] = top
				for (i = 1; i <= n; i++) {
					print list[i]
					m = split(of[list[i]], child)
					for (j = 1; j <= m; j++)
						list[++n] = child[j]
				}
			}'
}
