# The runs of gp-backup, in their order, and those that did not come to their end:
# they were killed, or the machine went down. Such a run has a begun.json that
# nobody holds any more, and no summary. Source it after lib.sh.
# shellcheck shell=bash

# runs_newest: the number of each run and its folder's name, the last begun first.
# Their times would not tell, where the clock was set back
runs_newest() {
	find "$GP_ARCHIVE/.gp/runs" -mindepth 2 -maxdepth 2 -name begun.json -exec jq -rR '
		((fromjson? | objects) // null) | "\(.number // 0) \(input_filename | split("/")[-2])"' {} + 2>/dev/null |
		sort -k1,1rn -k2,2r
}

# run_hold FOLDER ABOUT BEGAN: writes its begun.json, and holds that, before
# anything is in it, until this process and all that it started have ended; sets
# number, one more than that of any run before
run_hold() {
	local held
	read -r number _ < <(runs_newest) || true
	number=$((${number:-0} + 1))
	exec {held}>"$1/begun.json" && lock_fd "$held" "$1/begun.json" &&
		jq -cn --arg about "$2" --arg began "$3" --argjson number "$number" '$ARGS.named' >&"$held"
}

# begun_held FILE: whether the run of that begun.json still holds it. Where its disk
# has no locks nobody does.
begun_held() {
	local status=0
	flock -s -n -E 75 "$1" true 2>/dev/null || status=$?
	[ "$status" -eq 75 ]
}

# runs_broken: their folders, one a line
runs_broken() {
	local begun
	find "$GP_ARCHIVE/.gp/runs" -mindepth 2 -maxdepth 2 -name begun.json 2>/dev/null | sort |
		while IFS= read -r begun; do
			if [ -s "$begun" ] && [ ! -e "${begun%/*}/summary.json" ] && ! begun_held "$begun"; then
				printf '%s\n' "${begun%/*}"
			fi
		done
}

# runs_others: whether another run than this one is at work, and not done yet
runs_others() {
	local begun
	for begun in "$GP_ARCHIVE"/.gp/runs/*/begun.json; do
		if [ -s "$begun" ] && [ ! -e "${begun%/*}/summary.json" ] &&
			[[ $begun != */"${GP_RUN:-none}"/* ]] && begun_held "$begun"; then
			return 0
		fi
	done
	return 1
}

# run_broken FOLDER: its summary, as far as one can tell; it ended when it last
# wrote
run_broken() {
	local last
	last=$(find "$1" -type f -printf '%T@\n' | sort -n | tail -n 1)
	jq -cR --arg run "${1##*/}" --arg ended "$(date -u -d "@${last%%[.,]*}" +%FT%TZ)" '
		(fromjson? // {}) |
		{run: $run, number: (.number // 0), about: (.about // ""), began: (.began // $ended), ended: $ended, state: "failed", status: 2,
		sentence: "It did not come to its end: it was killed, or the machine went down. The next run goes on.",
		archive: null, steps: [], sources: []}' "$1/begun.json" | head -n 1 | grep .
}
