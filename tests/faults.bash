# shellcheck shell=bash
# What the sweeps of faults share. A fault is judged so: done, or clearly said,
# never a half; and the next run finishes the work.

# a call that fails would be the clock's own, where one is faked for all
unset LD_PRELOAD FAKETIME FAKETIME_SHARED FAKETIME_TIMESTAMP_FILE

# spread COUNT PARTS: PARTS of the numbers from 1 to COUNT, the ends among them;
# closer together at first, while libraries start
spread() {
	awk -v n="$1" -v parts="$2" 'BEGIN {
		if (parts >= n) parts = n > 1 ? n : 2
		for (i = 0; i < parts; i++) {
			share = i / (parts - 1)
			at = int(1 + (parts < n ? share * share : share) * (n - 1) + 0.5)
			if (at > last && at <= n) print at
			last = at
		}
	}'
}

# unsaid: whether what failed in the file `trace` was a message, a library that was
# not loaded, or a socket that libcurl would not wait on (F_GETFL and F_SETFL, which
# no kernel fails so): the system's affair. Where threads interrupt each other strace tells how
# a call ended in a line of its own
unsaid() {
	grep -q 'error while loading shared libraries' err ||
		awk '$2 ~ /^write\(/ { said[$1] = $2 ~ /^write\(2,/ }
			$2 ~ /^fcntl\(/ { said[$1] = /F_[GS]ETFL/ }
			/INJECTED/ && said[$1] { found = 1 }
			END { exit !found }' trace
}

# short_of_memory N COMMAND...: runs it while its allocation N fails, to out and
# err; its status in $status. Fails where none failed, or only one of the system's
short_of_memory() {
	rm -f hit
	status=0
	timeout "$PATIENCE" env NOMEM_AT="$1" NOMEM_HIT="$PWD/hit" LD_PRELOAD="$PWD/nomem.so" \
		"${@:2}" >out 2>err || status=$?
	[ -e hit ] && ! grep -q 'error while loading shared libraries' err
}

# judge WHAT STATUS RECORDS: what is wrong after a run of a stage whose output,
# RECORDS where all is well, is in out and err; prints nothing when nothing is
judge() {
	local what=$1 status=$2 good=$3
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
