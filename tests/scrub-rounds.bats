#!/usr/bin/env bats
# A property of gp-scrub --heal: one copy of a random library is destroyed, or
# rotted in random places; then every copy is equal to the truth. GP_SEED=N
# repeats a run, GP_ROUNDS=N says how many rounds.
# builds: long:san

bats_require_minimum_version 1.5.0
load helper
load copies

setup() {
	local rounds_=${GP_ROUNDS:-}
	copies_setup
	rounds=${rounds_:-200}
	seeded
}

# library_make: files of random sizes, names and albums
library_make() {
	local i to names=(photo "b ild" Été "(x)[y]" "it's" -dash '#+&%41')
	mkdir src more
	for ((i = 1; i <= 10; i++)); do
		to="src"
		[ $((RANDOM % 3)) -gt 0 ] || to="more"
		printf '%s %s %*s' "$seed" "$i" $((RANDOM % 6000)) '' \
			>"$to/${names[RANDOM % 7]} $i.jpg"
	done
	: >src/empty.txt
	echo last >more/last.jpg
	store_dir src
	store_dir more June
}

# sums FOLDER: of all that lies there
sums() {
	(cd "$1" && find . -path ./.gp -prune -o -type f -exec sha256sum {} + | sort)
}

# spoil FILE: flips a bit, cuts, loses, adds to it; most stay as they are
spoil() {
	case $((RANDOM % 8)) in
	0) [ ! -s "$1" ] || flip "$1" ;;
	1) rm "$1" ;;
	2) truncate -s $((RANDOM % 6000)) "$1" ;;
	3) echo "and more" >>"$1" ;;
	esac
}

# destroy COPY: all of a remote; in the archive one file stays, for one without
# any is not mounted, or for gp-restore
destroy() {
	local photos
	if [ "$1" = "$GP_ARCHIVE" ]; then
		photos=("$1"/*/*.jpg)
		unset "photos[$((RANDOM % ${#photos[@]}))]"
		rm -- "${photos[@]}"
	else
		find "$1" -mindepth 1 -delete
	fi
}

# harm COPY: one way or the other. The archive's own lists of sums are written
# anew by gp-index, not healed.
harm() {
	local file
	if [ $((RANDOM % 5)) -eq 0 ]; then
		destroy "$1"
		return
	fi
	for file in "$1"/*/*; do
		[[ $1 == "$GP_ARCHIVE" && $file == */SHA256SUMS ]] || spoil "$file"
	done
	# see destroy
	[ "$1" != "$GP_ARCHIVE" ] || cp -p "truth/june-$quarter/last.jpg" "$1/june-$quarter/"
}

@test "one copy destroyed or rotted in random places: --heal makes all equal to the truth" {
	local copies=("$GP_ARCHIVE" "$one" "$two")
	library_make
	export GP_REMOTES="${copies[*]:1}"
	gp-replicate
	mkdir truth
	cp -a "$GP_ARCHIVE"/*-"$quarter" truth
	sums truth >truth.sums
	for ((round = 1; round <= rounds; round++)); do
		copy=${copies[RANDOM % ${#copies[@]}]}
		harm "$copy"
		gp-scrub --heal >heal.out 2>&1 || fail "GP_SEED=$seed, round $round, $copy: $(cat heal.out)"
		for copy in "${copies[@]}"; do
			same "$(cat truth.sums)" "$(sums "$copy")" "GP_SEED=$seed, round $round: $copy"
		done
	done
}
