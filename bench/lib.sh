# shellcheck shell=bash
# Shared by the benchmarks: pairs, medians, rows.
PAIRS=${BENCH_PAIRS:-5}
SCALE=${BENCH_SCALE:-100}

scratch_make() {
	unset AWS_CA_BUNDLE GP_ARCHIVE GP_INDEX GP_RUN
	S=${BENCH_DIR:-$(mktemp -d)}
	mkdir -p "$S"
	export HOME=$S
	trap scratch_remove EXIT
}

scratch_remove() {
	if [ -n "${SERVER_PID:-}" ]; then kill "$SERVER_PID" 2>/dev/null || true; fi
	rm -rf "$S"
}

# archive_new DIR: an empty archive, made anew
archive_new() {
	rm -rf "$1"
	gp-index -C "$1" --init 2>/dev/null
}

# scaled N: N at the scale of this run
scaled() {
	echo $(($1 * SCALE / 100))
}

# seconds COMMAND...: wall seconds and, on a second line, CPU seconds
seconds() {
	local out=$S/time
	if ! env time -f '%e %U %S %M' -o "$out" "$@" >"$S/stdout" 2>"$S/stderr"; then
		echo "bench: this failed: $*" >&2
		tail -n 5 "$S/stderr" >&2
		return 1
	fi
	awk '{ printf "%.3f %.3f %d\n", $1, $2 + $3, $4 }' <(tail -n 1 "$out")
}

median() {
	sort -n | awk '{ v[NR] = $1 } END { print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# pairs COLUMN PREPARE OURS THEIRS: runs the two (names of functions) in turn
# PAIRS times; prints the medians of column 1 (wall) or 2 (CPU), and of their
# ratios
pairs() {
	local column=$1 prepare=$2 ours=$3 theirs=$4 i a b
	: >"$S/a"
	: >"$S/b"
	: >"$S/r"
	for ((i = 0; i < PAIRS; i++)); do
		"$prepare"
		a=$("$ours" | cut -d' ' -f"$column")
		"$prepare"
		b=$("$theirs" | cut -d' ' -f"$column")
		echo "$a" >>"$S/a"
		echo "$b" >>"$S/b"
		awk -v a="$a" -v b="$b" 'BEGIN { printf "%.3f\n", a / b }' >>"$S/r"
	done
	echo "$(median <"$S/a") $(median <"$S/b") $(median <"$S/r")"
}

# row TEXT TARGET: a row of what `pairs` printed on stdin
row() {
	local a b r
	read -r a b r
	printf '| %s | %.2f s | %.2f s | %.2f | %s |\n' "$1" "$a" "$b" "$r" "$2"
}

nothing() {
	:
}
