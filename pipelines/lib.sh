# What the pipelines share. Source it; it sets nothing and runs nothing.
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

# store_new SOURCE...: the main job. Lists the sources, stores what is new,
# records on stdout. Arguments as for gp-list; returns as stages_judge.
store_new() {
	local st
	if gp-list "$@" | gp-index --new | gp-fetch | gp-hash |
		gp-index --record; then
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
