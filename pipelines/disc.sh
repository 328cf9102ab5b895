# What gp-disc knows of media: how one is read, and what is bad on it. Uses $at,
# the folder where it keeps what it finds. Source it after lib.sh.
# shellcheck shell=bash disable=SC2154

SECTOR=2048 # bytes; ECMA-119, 6.1.2
NAMED=20    # damaged photos named on the screen; all are in a file

# xo ARG...: xorriso, its words kept in $at/xorriso.log
xo() {
	xorriso -abort_on NEVER "$@" 2>"$at/xorriso.log" </dev/null
}

# medium_open MEDIUM: sets kind (folder or blocks), dev, the path that is read,
# and addr, its name for xorriso. Returns 1 where there is nothing.
medium_open() {
	dev=${1#stdio:}
	addr=$1
	[ -b "$1" ] || addr=stdio:$dev
	kind=blocks
	if [ -d "$dev" ]; then
		kind=folder
	elif [ -b "$dev" ]; then
		# a drive with its tray open or empty can't be opened
		dd if="$dev" of=/dev/null bs=$SECTOR count=1 status=none 2>/dev/null
	else
		[ -s "$dev" ]
	fi
}

# medium_label: the label of the disc that is open, as it tells itself
medium_label() {
	if [ "$kind" = folder ]; then
		sed -n 's/^External-Identifier: //p' "$dev/bag-info.txt" 2>/dev/null
	else
		# the volume's name in the primary descriptor; ECMA-119, 8.4
		dd if="$dev" bs=$SECTOR skip=16 count=1 status=none 2>/dev/null |
			head -c 72 | tr '\0' ' ' | sed -n 's/^\x01CD001\x01.\{33\}\(.*[^ ]\) *$/\1/p'
	fi
}

# extents TREE: "lba TAB bytes TAB path" of each file of the medium, in the order
# in which they lie; a file of more than 4 GiB has several. A tree that is damaged
# is read as far as it goes, which xorriso does only with -md5 off. It writes names
# as a shell wants them, an apostrophe as '"'"'. TREE is any, which is Rock
# Ridge's, or norock, which is Joliet's.
extents() {
	xo -error_behavior image_loading best_effort -md5 off -read_fs "$1" -indev "$addr" \
		-find / -type f -exec report_sections -- |
		sed -n "s/'\"'\"'/'/g; s/^File data lba: *[0-9]* , *\([0-9]*\) , *[0-9]* , *\([0-9]*\) , '\/\(.*\)'\$/\1\t\2\t\3/p" |
		sort -n -k 1,1
}

# bag_lists: the bag's own lists to $at/lists
bag_lists() {
	local name
	rm -rf "$at/lists"
	mkdir -p "$at/lists"
	for name in manifest-sha256.txt tagmanifest-sha256.txt bag-info.txt; do
		if [ "$kind" = folder ]; then
			cp -- "$dev/$name" "$at/lists/" 2>/dev/null || true
		else
			awk -F '\t' -v name="$name" '$3 == name' "$at/extents" |
				while IFS=$'\t' read -r lba bytes _; do
					extent "$lba" "$bytes"
				done >"$at/lists/$name" 2>/dev/null || true
		fi
	done
}

# manifest_whole FOLDER: whether the manifest in it is as the list of lists has it
manifest_whole() {
	(cd "$1" && grep '  manifest-sha256.txt$' tagmanifest-sha256.txt | sha256sum --check --status) 2>/dev/null
}

# own_want LABEL MEDIUM: ends the program where the disc's manifest is whole and
# lacks photos that the index has on it: a disc of that label, but of another
# archive, which says nothing of ours
own_want() {
	[ -z "$indexed" ] || ! manifest_whole "$at/lists" ||
		[ -z "$(comm -23 <(jq -r .sha256 "$at/records" | sort) <(cut -c -64 "$at/lists/manifest-sha256.txt" | sort))" ] ||
		die 3 "$2: that is a $1 of another archive: insert that of $GP_ARCHIVE"
}

# extent LBA BYTES: its bytes
extent() {
	dd if="$dev" bs=1M iflag=skip_bytes,count_bytes,fullblock \
		skip=$(($1 * SECTOR)) count="$2" status=none
}

# check_blocks < EXPECTED: every file that is expected, from the sectors, in the
# order in which they lie: "path TAB ok | mismatch | unreadable | missing"
check_blocks() {
	local jobs=()
	# heads that go to and fro between two files are slow
	[ ! -b "$dev" ] || jobs=(-j 1)
	awk -F '\t' -v OFS='\t' -v sector="$SECTOR" '
		list == "want" { want[$1] = $2; next }
		$3 in want {
			if (!($3 in at)) order[++n] = $3
			at[$3] = at[$3] (at[$3] == "" ? "" : ",") sprintf("%.0f", $1 * sector) "+" $2
		}
		END {
			for (i = 1; i <= n; i++) print order[i], want[order[i]], at[order[i]]
			for (p in want) if (!(p in at)) print p, want[p], ""
		}' list=want - list=at "$at/extents" |
		jq -cR 'split("\t") | {id: .[0], sha256: .[1], extents: .[2]} | if .extents == "" then del(.extents) else . end' >"$at/asked"
	hash_asked "${jobs[@]}"
	jq -r '"\(.id)\t\(.check // "unreadable")"' "$at/answers"
}

# check_folder < EXPECTED: the same of a folder
check_folder() {
	jq -cR 'split("\t") | {id: .[0], path: .[0], sha256: .[1]}' >"$at/asked"
	hash_asked
	jq -r '[.path, .check // "unreadable"] | @tsv' "$at/answers"
}

# hash_asked ARG...: gp-hash --check of the records in $at/asked, to $at/answers.
# That gp-hash came to nothing is no fault of the disc.
hash_asked() {
	local status=0
	gp-hash --check "$@" --root "$dev" <"$at/asked" >"$at/answers" 2>"$at/read.log" &
	wait $! || status=$?
	[ "$status" -le 1 ] || die 2 "$dev: gp-hash could not go on (status $status); see $at/read.log"
}

# reading CHECK: with what it starts ended, too, where the program is told to
# end: what is in the background does not hear Ctrl-C
reading() {
	local status=0
	trap end_children EXIT
	trap_signals
	"$@" || status=$?
	trap - EXIT HUP INT TERM
	return "$status"
}

# sums_tsv FILE: "path TAB sum" of a list of sums
sums_tsv() {
	sed -n 's/^\([0-9a-f]\{64\}\)  \(.*\)/\2\t\1/p' "$1" 2>/dev/null
}

# whole_begin SUM: reads the whole medium for the SHA-256 of its image, in the
# background
whole_begin() {
	local blocks
	# the size of the volume; ECMA-119, 8.4.8
	blocks=$(dd if="$dev" bs="$SECTOR" skip=16 count=1 status=none 2>/dev/null | od -An -tu4 -j80 -N4)
	jq -cn --arg sum "$1" --arg size $((blocks * SECTOR)) \
		'{id: "all", sha256: $sum, extents: "0+\($size)"}' >"$at/whole.asked"
	gp-hash --check -j 1 --root "$dev" <"$at/whole.asked" >"$at/whole" 2>/dev/null &
	reader=$!
}

# whole_good: what it came to. 1 also where it is merely another: a disc that was
# made anew from its files by another xorriso may be good all the same.
whole_good() {
	wait "$reader" || true
	[ "$(jq -r .check "$at/whole")" = ok ]
}

# sectors_begin: reads the whole medium, used and unused parts alike, against the
# MD5 of the whole session that xorriso wrote, and every file against the MD5 of
# its own, in the background. Without -md5 on before -indev xorriso knows of none
# and says 0.
sectors_begin() {
	xorriso -abort_on NEVER -md5 on -indev "$addr" -check_media event=WARNING bad_limit=untested \
		time_limit=-1 report=blocks_files -- -check_md5_r FAILURE / -- \
		>"$at/sectors" 2>"$at/sectors.log" </dev/null &
	reader=$!
}

# files_end: the sector behind the last file of the medium
files_end() {
	awk -F '\t' -v sector="$SECTOR" '
		{ end = $1 + int(($2 + sector - 1) / sector); if (end > last) last = end }
		END { print last + 0 }' "$at/extents"
}

# sectors_good: what it came to. No MD5 of the session, of any file or of one, a
# sector that was not tested, or one that is not good are failures: xorriso says 0
# to most of these, so that its words count too. Where the session's own MD5 is
# damaged it goes by that of the first sectors alone: one that does not reach behind
# the last file is not the session's. What a drive writes after the end is no part of
# the disc.
sectors_good() {
	local status=0
	wait "$reader" || status=$?
	[ "$status" -le 128 ] || die 2 "$dev: xorriso was ended by signal $((status - 128))"
	[ "$status" -eq 0 ] || return 1
	awk -F '[:,]' -v files_end="$(files_end)" '
		/^MD5 tag range/ {
			end = $2 + $3 + 1
			if ($4 !~ /\+ md5_match/) bad = 1
			else if (end > files_end) good = 1
		}
		/^Media region/ && $4 !~ /\+ / { begin[++n] = $2; untested[n] = $4 ~ /untested/ }
		/^File contents and their MD5 checksums match/ { files = 1 }
		/^(File damaged|MD5 MISMATCH|Encountered errors|There were data files which have no MD5)/ { bad = 1 }
		END {
			for (i = 1; i <= n; i++) if (!untested[i] || begin[i] < end) bad = 1
			exit !good || !files || bad
		}' "$at/sectors"
}

# check_all SUM < EXPECTED: check_blocks and, beside it, the whole; 1 where some
# sector is bad, whatever lies there. SUM is the image's, or empty. What one of the
# two has read, the other gets from memory; not so xorriso from a drive, to which it
# talks itself.
check_all() {
	if [ -n "$1" ]; then
		[ -n "$reader" ] || whole_begin "$1"
		check_blocks
		whole_good && return
		sectors_begin
	elif [ -b "$dev" ]; then
		check_blocks
		sectors_begin
	else
		sectors_begin
		check_blocks
	fi
	sectors_good
}

# medium_check LABEL: reads all of the medium that is open. $at/checks gets
# "path TAB result" of each file, $at/checked the records of the photos with
# check, $at/expected what was looked for. Returns 1 where something is bad.
medium_check() {
	reading medium_read "$1"
}

# medium_read LABEL: the work of medium_check
medium_read() {
	local label=$1 bad=0 sectors=0 sum reader=
	sum=$(image_sum "$label") || die 2 "the index can't be read; see gp-index --check"
	! watched || say "$label: reading all of it; a full disc takes hours"
	# a drive reads its trees first, without going to and fro
	[ "$kind" = folder ] || [ -b "$dev" ] || [ -z "$sum" ] || whole_begin "$sum"
	[ "$kind" = folder ] || extents any >"$at/extents"
	bag_lists
	if [ -n "$indexed" ]; then
		gp-index --export --disc "$label" >"$at/records" || die 2 "the index can't be read; see gp-index --check"
	else
		sums_tsv "$at/lists/manifest-sha256.txt" | jq -cR --arg disc "$label" 'split("\t") |
			{id: .[0], disc: $disc, discPath: .[0], sha256: .[1]}' >"$at/records"
	fi
	own_want "$label" "$dev"
	{
		jq -r '[.discPath, .sha256] | @tsv' "$at/records" &&
			{ sums_tsv "$at/lists/tagmanifest-sha256.txt" || true; }
	} | LC_ALL=C sort -u >"$at/expected" || full
	if [ "$kind" = folder ]; then
		check_folder <"$at/expected" >"$at/checks"
	else
		check_all "$sum" <"$at/expected" >"$at/checks" || sectors=1
	fi
	jq -c --rawfile checks "$at/checks" --arg disc "$label" '
		($checks | rtrimstr("\n") | split("\n") | map(split("\t") | {(.[0]): .[1]}) | add // {}) as $is |
		inputs | .disc = $disc | .check = ($is[.discPath] // "missing")' -n "$at/records" >"$at/checked" || full
	# what could not be noted is not what the disc lacks
	[ "$(wc -l <"$at/checks")" -eq "$(wc -l <"$at/expected")" ] || full
	check_counts || bad=1
	! grep -qv $'\tok$' "$at/checks" || bad=1
	if [ "$sectors" -ne 0 ]; then
		bad=1
		touch "$at/bad-sectors"
	fi
	return "$bad"
}

# full: ends the program where it can't keep what it finds
full() {
	die 2 "$at can't be written; is there room? Then the same command again"
}

# check_counts: nothing looked for is not all found
check_counts() {
	local photos oxum
	photos=$(wc -l <"$at/records")
	oxum=$(sed -n 's/^Payload-Oxum: [0-9]*\.//p' "$at/lists/bag-info.txt" 2>/dev/null)
	[ "$photos" -gt 0 ] || {
		say "$label: no list tells what should be on it"
		return 1
	}
	[ -s "$at/lists/tagmanifest-sha256.txt" ] || {
		say "$label: its own list tagmanifest-sha256.txt can't be read"
		return 1
	}
	[ -n "$indexed" ] || [ "$photos" = "$oxum" ] || {
		say "$label: its manifest has $photos files, bag-info.txt says ${oxum:-nothing}"
		return 1
	}
}

# damage_tell LABEL: which photos are hit, and what else
damage_tell() {
	local label=$1 hit others
	jq -r 'select(.check != "ok") | "\(.check)\t\(.discPath)\t\(.path // "")\t\(.creationTime // "")\t\(.album.title // "")"' \
		"$at/checked" >"$at/damaged"
	hit=$(wc -l <"$at/damaged")
	others=$(grep -v $'\tok$' "$at/checks" | cut -f 1 | grep -cv '^data/') || true
	head -n "$NAMED" "$at/damaged" | while IFS=$'\t' read -r check disc path taken album; do
		say "$label: $disc: $check (${path:+$path, }${taken:+taken ${taken%%T*}, }${album:+album $album})"
	done
	say "$label: $hit of $(wc -l <"$at/records") photos are damaged$([ "$hit" -le "$NAMED" ] || echo "; all are in $at/damaged")"
	[ "$others" -eq 0 ] || say "$label: $others other files are damaged (lists, page, recovery data)"
	[ ! -e "$at/bad-sectors" ] || say "$label: sectors are bad or can't be read; see $at/sectors"
}
