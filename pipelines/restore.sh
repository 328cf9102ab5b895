# gp-restore: which files, from where, and how they come. Uses what gp-restore's
# main() has: $from $src $to $bag $whole $begun $state $home $album, $files. gp-drill uses
# fetch_proved alone. Source it after copies.sh.
# shellcheck shell=bash disable=SC2034,SC2154

BATCH_FILES=500 BATCH_BYTES=4000000000

# find_source: $src, what rclone calls the copy; $bag is 1 for a disc
find_source() {
	case $from in
	nas) src=$GP_ARCHIVE ;;
	*:*) src=$from ;;
	*)
		src=$from
		[ -d "$src" ] || src=$(findmnt -rno TARGET -S "LABEL=$from" | head -n 1) || true
		[ -n "$src" ] || src=$GP_ARCHIVE/burn/$from
		[ -d "$src" ] ||
			die 2 "$from: no such folder, and no disc of this label is mounted: put it in, mount it, and give its folder"
		src=$(realpath -- "$src")
		;;
	esac
	[[ $src != /* ]] || [ "$src" != "${to:-}" ] || die 2 "$to can't be restored from itself"
	[[ $src != /* ]] || [ ! -e "$src/bagit.txt" ] || bag=1
}

# target_index: where the index of a whole archive in $to belongs
target_index() {
	if [ "$to" = "$GP_ARCHIVE" ] && [ -n "${GP_INDEX:-}" ]; then
		printf '%s' "$GP_INDEX"
	else
		printf '%s' "$to/.gp/index.db"
	fi
}

# find_index: $index, the one that says what there is to restore, and $home, the
# archive that it is of: $to, or for a part of one an empty place beside. The
# index is the one of the restore that was begun, this machine's, or the newest
# sound snapshot of the copy. Empty where there is none at all.
find_index() {
	local inside
	home=$to
	[ -n "$whole" ] || home=$state/known
	index=$home/.gp/index.db inside=$index
	[ -z "$whole" ] || index=$(target_index)
	if [ -s "$home/.gp/archive" ] && [ -s "$index" ]; then
		# what a killed run put there on its way to $index
		[ "$index" = "$inside" ] || [ ! -d "$home/.gp/restore" ] || rm -f "$inside"
		return 0
	fi
	# the sign of a restore: the index comes before the files
	mkdir -p "$home/.gp/restore"
	if [ ! -s "$inside" ] && ! take_index "$inside.gp-new"; then
		index=
		return
	fi
	[ -s "$inside" ] || { tails_aside "$inside" && publish "$inside.gp-new" "$inside"; } || die 2 "$inside can't be put in place"
	# an empty folder with an index of its own becomes the archive of that
	env -u GP_INDEX gp-index -C "$home" --init || die 2 "$home: the index can't be used; see the message above"
	[ "$index" != "$inside" ] || return 0
	gp-index -C "$home" --restore "$inside" || [ $? -eq 1 ] || die 2 "$index can't be written"
	rm -f "$inside"
}

# tails_aside INDEX: what SQLite left of one that is gone would be taken for part of
# the next
tails_aside() {
	local tail
	for tail in -wal -shm -journal; do
		[ ! -e "$1$tail" ] || mv -- "$1$tail" "$1.replaced-$(date +%s)$tail" || return
	done
}

# take_index FILE: this machine's, else that of the copy
take_index() {
	if archive_there; then
		rm -f "$1"
		! gp-index --backup "$1" || return 0
		say "the index of $GP_ARCHIVE can't be used; taking a snapshot of the index from the copy"
	fi
	copy_index "$1"
}

# copy_index FILE: the index that lies in the copy
copy_index() {
	[ -n "$bag" ] || { snapshot_fetch "$src" "$1"; return; }
	[ -e "$src/gp/index.db" ] || return
	local why
	why=$(LC_ALL=C cp -- "$src/gp/index.db" "$1" 2>&1) && return
	rm -f -- "$1"
	! no_room - <<<"$why" ||
		die 2 "${1%/*}: no space left for the index: make room, then run this again"
	say "$src/gp/index.db can't be copied: $why"
	return 1
}

# with_index ARG...: gp-index, asked about what is restored
with_index() {
	GP_ARCHIVE=$home GP_INDEX=$index gp-index "$@"
}

# choose_wanted: $work/wanted, a record for each file: path (in the copy), dest
# (below $to), size, sha256
choose_wanted() {
	local status=0 flags=()
	if [ -z "$index" ]; then
		[ -n "$whole" ] || [ -n "$bag" ] ||
			die 2 "$from: without any index an album or a file can't be found: restore everything, or give a path of a folder to rclone copy"
		wanted_without
	else
		[ -z "$album" ] || flags=(--album "$album")
		with_index --export "${flags[@]}" >"$work/export" || status=$?
		[ "$status" -le 1 ] || die 2 "the index can't be read: nothing was restored"
		jq -c '{id, filename, accepted, album, size, sha256, path, dest: .path}' "$work/export" >"$work/wanted"
	fi
	[ "${#files[@]}" -eq 0 ] || choose_files
	[ -z "$bag" ] || wanted_bag
	[ -s "$work/wanted" ] || die 2 "there is nothing to restore: no such ${album:+album or }file is known${bag:+ to be on this disc}"
}

# choose_files: of the wanted those that the person named: by path, by name, by id
choose_files() {
	local name
	mv "$work/wanted" "$work/all"
	for name in "${files[@]}"; do
		jq -c --arg name "$name" 'select(.dest == $name or .filename == $name or .id == $name)' \
			"$work/all" >"$work/some"
		[ -s "$work/some" ] || {
			say "$name: the index knows no such file"
			worst=1
		}
		cat "$work/some" >>"$work/chosen"
	done
	jq -cn 'reduce inputs as $r ({}; .[$r.dest] = $r) | .[]' "$work/chosen" >"$work/wanted"
}

# wanted_bag: only what is on the disc, under the names that it has there
wanted_bag() {
	sed -n 's/^\([0-9a-f]\{64\}\)  \(.*\)$/\2\t\1/p' "$src/manifest-sha256.txt" >"$work/manifest"
	[ -s "$work/manifest" ] || die 2 "$src/manifest-sha256.txt: is empty or can't be read"
	if [ -z "$index" ]; then
		jq -Rc 'split("\t") as [$p, $sum] | {id: $p, path: $p, sha256: $sum,
			dest: ($p | ltrimstr("data/"))}' "$work/manifest" >"$work/wanted"
		return
	fi
	jq -c --rawfile on "$work/manifest" -n '
		($on | split("\n") | map(select(. != "") | split("\t") | {(.[1]): .[0]}) | add) as $at |
		inputs | select($at[.sha256]) | .path = $at[.sha256]' "$work/wanted" >"$work/here"
	[ -z "${album}${files[*]}" ] || [ "$(wc -l <"$work/here")" -eq "$(wc -l <"$work/wanted")" ] ||
		say "$from: only $(wc -l <"$work/here") of $(wc -l <"$work/wanted") files are on this disc"
	[ -n "${album}${files[*]}" ] || [ "$(wc -l <"$work/here")" -eq "$(wc -l <"$work/manifest")" ] ||
		say "$from: the index knows only $(wc -l <"$work/here") of the disc's $(wc -l <"$work/manifest") files"
	mv "$work/here" "$work/wanted"
}

# wanted_without: without an index the lists of sums say what there is; a file
# that no list names is brought too, but can't be proved
wanted_without() {
	[ -z "$bag" ] || {
		: >"$work/wanted"
		return 0
	}
	remote_list "$src" >"$work/there" || die 2 "$from: can't be listed"
	mkdir "$work/lists"
	rc copy --max-depth 2 --include '/*/SHA256SUMS' "$src" "$work/lists" ||
		die 2 "$from: its lists of sums can't be read"
	(cd "$work/lists" && find . -name SHA256SUMS -printf '%P\n' | while IFS= read -r list; do
		sed -n "s|^\([0-9a-f]\{64\}\)  |\1\t|p" "$list" |
			jq -Rc --arg folder "${list%/*}" 'split("\t") as [$sum, $name] | "\($folder)/\($name)" as $p |
				{id: $p, path: $p, dest: $p, sha256: $sum}'
	done) >"$work/wanted"
	jq -r '"\(.sha256) \(.dest)"' "$work/wanted" | sort -u | cut -d' ' -f2- | sort | uniq -d >"$work/doubted"
	[ ! -s "$work/doubted" ] || {
		some "$work/doubted" "$from: its lists have several sums for these, and which is right nobody can tell"
		worst=1
	}
	cut -f2- "$work/there" | grep '/' | grep -v '/SHA256SUMS$' | sort >"$work/names" || true
	jq -r .dest "$work/wanted" | sort | comm -13 - "$work/names" >"$work/unlisted"
	[ ! -s "$work/unlisted" ] || {
		some "$work/unlisted" "$from: no list of sums names these; they are brought unproved"
		worst=1
	}
	jq -Rc '{id: ., path: ., dest: ., sha256: null}' "$work/unlisted" >>"$work/wanted"
	jq -c --rawfile there "$work/there" -n '
		(reduce ($there | split("\n")[] | split("\t")) as [$size, $path] ({}; .[$path // ""] = $size)) as $sizes |
		inputs | .size = ($sizes[.path] // "0" | tonumber)' "$work/wanted" >"$work/sized"
	mv "$work/sized" "$work/wanted"
}

# duration SECONDS, in words
duration() {
	awk -v s="$1" 'BEGIN {
		if (s < 1.5) printf "a second"
		else if (s < 90) printf "%d seconds", s + 0.5
		else if (s < 5400) printf "%d minutes", s / 60 + 0.5
		else if (s < 129600) printf "%d hours", s / 3600 + 0.5
		else printf "%d days", s / 86400 + 0.5
	}'
}

# bytes_of FILE: the sum of the sizes of its records
bytes_of() {
	jq -n 'reduce (inputs | .size // 0) as $n (0; . + $n)' "$1"
}

# drill_rate COPY: bytes a second at the last good drill; nothing if there was none
drill_rate() {
	local drills=$GP_ARCHIVE/.gp/drills.ndjson
	[ ! -e "$drills" ] || jq -rRn --arg copy "$1" '
		last(inputs | fromjson? | objects | select(.copy == $copy and .result == "ok" and .seconds > 0)) |
		(.bytes / .seconds) | floor | select(. > 0)' "$drills" 2>/dev/null || true
}

# tell_size: says how much it is before anything is fetched; ends the program
# where the room is too small
tell_size() {
	local n rate room text
	n=$(wc -l <"$work/wanted")
	bytes=$(bytes_of "$work/wanted")
	text="$n files, $(size_words "$bytes"), from $from"
	rate=$(drill_rate "$from")
	if [ -n "$rate" ]; then
		text+="; as fast as the last drill that takes $(duration $((bytes / rate)))"
	else
		text+="; no drill of it is known here: how long it takes is said as it goes"
	fi
	say "$text$(price_words "$from" "$bytes")"
	room=$(df --output=avail -B1 "$to" | tail -n 1)
	# what was brought already needs no room
	room=$((room + $(du -sB1 "$to" | cut -f1)))
	[ "$room" -ge "$bytes" ] ||
		die 2 "$to: there is room for $(size_words "$room") only: nothing was fetched"
}

# skip_done: what an earlier run brought is proved again and needs no fetching;
# $work/left has the rest
skip_done() {
	: >"$work/proved"
	[ -n "$begun" ] || {
		cp "$work/wanted" "$work/left"
		return 0
	}
	ticks_begin "reading what is there already"
	with_sum "$work/wanted" | jq -c '.from = .path | .path = .dest' |
		gp-hash --check --root "$to" 2>/dev/null | jq -c 'select(.check == "ok") | .path = .from | del(.from)' >"$work/proved" || true
	ticks_end
	left_of "$work/wanted" "$work/proved" >"$work/left"
	[ ! -s "$work/proved" ] || say "$(wc -l <"$work/proved") files are there already, and right"
}

# with_sum FILE: its records of files that a list of sums names; most often all
with_sum() {
	if [ -s "$work/unlisted" ]; then jq -c 'select(.sha256 != null)' "$1"; else cat "$1"; fi
}

# left_of ALL DONE: the records of ALL that are not in DONE
left_of() {
	jq -c --slurpfile is_done <(jq -c .dest "$2") -n '
		($is_done | map({(.): true}) | add // {}) as $is | inputs | select($is[.dest] | not)' "$1"
}

# split_batches FILE: FILE.NNN, so many at a time
split_batches() {
	rm -f "$1".[0-9]*
	jq -r '"\(.size // 0)\t\(tojson)"' "$1" | awk -F "$TAB" -v f="$1" -v files="$BATCH_FILES" -v max="$BATCH_BYTES" '
		NR == 1 || n >= files || used >= max { if (NR > 1) close(name); name = sprintf("%s.%06d", f, ++k); n = used = 0 }
		{ n++; used += $1; sub(/^[^\t]*\t/, ""); print >name }'
}

# fetch_all: all that is left, batch by batch; what came wrong a second time
fetch_all() {
	local batch start=$SECONDS got=0 turn
	for turn in 1 2; do
		[ -s "$work/left" ] || break
		[ "$turn" -eq 1 ] || remote_reach "$src" || break
		split_batches "$work/left"
		for batch in "$work"/left.[0-9]*; do
			fetch_batch "$batch" || break
			[ $((SECONDS - start)) -lt 10 ] || [ "$got" -eq 0 ] ||
				say "$(size_words "$got") of $(size_words "$bytes"), about $(duration $(((bytes - got) * (SECONDS - start) / got))) to go"
		done
		if [ "$(wc -l <"$work/proved")" -eq "$(wc -l <"$work/wanted")" ]; then
			: >"$work/left"
		else
			left_of "$work/left" "$work/proved" >"$work/still"
			mv "$work/still" "$work/left"
		fi
	done
}

# fetch_batch FILE: brings its files and puts those that are proved in their
# places; $got grows by what came. Returns 1 where the copy does not answer any more.
fetch_batch() {
	local incoming=$state/incoming
	fetch_proved "$src" "$incoming" "$1" >"$work/came"
	got=$((got + $(find "$incoming" -type f -printf '%s\n' | awk '{ n += $1 } END { printf "%.0f", n }')))
	place "$incoming" <"$work/came" ||
		die 2 "$to can't be written; the same command goes on from here"
	rm -rf "$incoming"
	cat "$work/came" >>"$work/proved"
	# the copy is not to blame for that
	[ "$(wc -l <"$work/came")" -eq "$(wc -l <"$1")" ] || ! no_room "$work/fetch.log" ||
		die 2 "$to: no space left: make room, then run this again"
	[ -s "$work/came" ] || remote_reach "$src"
}

# fetch_proved SOURCE FOLDER FILE: fetches the files of the records in FILE into
# FOLDER; those that are right there come out
fetch_proved() {
	mkdir -p "$2"
	jq -r .path "$3" >"$work/fetch.list"
	rc_watched "$work/fetch.log" "$1" copy --ignore-checksum ${limit_flag:+"$limit_flag"} \
		--files-from-raw "$work/fetch.list" "$1" "$2" 2>"$work/fetch.err" || true
	ticks_begin "reading what came"
	with_sum "$3" | gp-hash --check --root "$2" 2>"$work/hash.err" |
		jq -c 'select(.check == "ok") | del(.check)' || true
	ticks_end
	# what no list names has no sum to be held against
	[ ! -s "$work/unlisted" ] || jq -c 'select(.sha256 == null)' "$3" | while IFS= read -r record; do
		[ ! -f "$2/$(jq -r .path <<<"$record")" ] || printf '%s\n' "$record"
	done
}

# place FOLDER < RECORDS: the bytes are on the disk before they have their names
place() {
	local path dest last=''
	sync -f "$1" || return
	jq -r '"\(.path)\t\(.dest)"' | while IFS=$TAB read -r path dest; do
		[ "${dest%/*}" = "$last" ] || mkdir -p "$to/${dest%/*}" || exit
		last=${dest%/*}
		mv -fT -- "$1/$path" "$to/$dest" || exit
	done
}

# finish: lists of sums, the runs, the index, and what is to be said
finish() {
	local n
	if [ -n "$index" ] || [ -n "$bag" ]; then write_sums; fi
	[ -z "$whole" ] || finish_whole
	sync -f "$to"
	n=$(jq_any -r 'select(.accepted == null) | .id' <"$work/left" | wc -l)
	printf '%d of %d files restored to %s, each proved\n' \
		"$(with_sum "$work/proved" | wc -l)" "$(wc -l <"$work/wanted")" "$to"
	if [ -s "$work/left" ]; then
		jq -r '"\(.dest)\(if .accepted then " (no good copy is known: \(.accepted))" else "" end)"' "$work/left" |
			while IFS= read -r line; do say "not restored: $line: missing, rotten or unreadable in $from"; done
		[ "$n" -eq 0 ] || {
			say "the same command with another --from brings what is lacking"
			worst=1
			return 0
		}
	fi
	# what could not be written is, next time
	[ "$worst" -lt 2 ] || return 0
	rm -rf "$state"
	[ -n "$whole" ] || rmdir "$to/.gp" 2>/dev/null || true
}

# write_sums: a SHA256SUMS in each folder, as the index has it
write_sums() {
	jq -r '"\(.dest | split("/")[:-1] | join("/"))\t\(.sha256)  \(.dest | split("/")[-1])"' "$work/wanted" |
		sort -t "$TAB" -k1,1 -k2.67 >"$work/sums"
	cut -f1 "$work/sums" | uniq | (mkdir -p "$to" && cd "$to" && xargs -d '\n' mkdir -p --)
	awk -F "$TAB" -v to="$to" '
			$1 != folder { if (folder != "") close(name); folder = $1; name = to "/" folder "/SHA256SUMS" }
			{ sub(/^[^\t]*\t/, ""); print >name }' "$work/sums"
}

# finish_whole: what makes an archive of the folders
finish_whole() {
	local status=0
	rc copy --ignore-existing "$(remote_join "$src" .gp/runs)" "$to/.gp/runs" 2>"$work/runs.err" || status=$?
	! no_room "$work/runs.err" || die 2 "$to: no space left: make room, then run this again"
	[ "$status" -eq 0 ] || [ "$status" -eq 3 ] || {
		say "$from: the records of runs could not be read; the photos don't need them"
		worst=1
	}
	if [ -z "$index" ]; then
		rc copy --include '/*/SHA256SUMS' "$src" "$to" || worst=1
		say "$from had no index; making one from the folders"
		GP_ARCHIVE=$to GP_INDEX=$(target_index) gp-index --rebuild || worst=1
		return
	fi
	{
		jq -c '.path = .dest | .check = "ok"' "$work/proved"
		jq_any -c '.path = .dest | .check = "missing"' <"$work/left"
	} | with_index --seen nas >"$work/seen" || [ $? -eq 1 ] || worst=2
	with_index --check || {
		status=$?
		[ "$worst" -ge "$status" ] || worst=$status
	}
}
