# gp-disc rescue: what a damaged disc still gives. Uses gp-disc's functions and
# $at, the folder of this rescue; $bag, where the files of the disc come to.
# Source it after disc.sh.
# shellcheck shell=bash disable=SC2034,SC2154

RESCUE_AGAIN=3 # times that each bad sector is tried again in each direction
FRONT=256      # MiB at the beginning of a disc in which its trees lie

# rescue MEDIUM LABEL FOLDER: the last two may be empty
rescue() {
	local label=$2 lost=0 source size
	local -A places=() spare=()
	command -v ddrescue >/dev/null || die 2 "GNU ddrescue is not installed; install it (apt install gddrescue) and run this again"
	tools_need ddrescuelog par2
	# ddrescue writes the names into its map, a line each
	[[ $1$3 != *$'\n'* ]] || die 2 "$1 $3: has a line end in it: choose another name"
	rescue_open "$1"
	rescue_begin "$3"
	set -E
	trap rescue_failed ERR
	same_want
	copy_medium
	dev=$at/image.iso
	addr=stdio:$dev
	trees_read
	if [ -n "$indexed" ]; then
		gp-index --export --disc "$label" >"$at/records" || die 2 "the index can't be read; see gp-index --check"
		trees_own
	else
		lists_bring
	fi
	where_find
	rescue_wanted
	bring_wanted
	mend
	rescue_judge || lost=1
	[ -z "$indexed" ] || heal_archive || lost=1
	rescue_end
	return "$lost"
}

# rescue_open MEDIUM: sets source, its path; label, where it is not known; and
# whether the index is to be asked
rescue_open() {
	local is
	source=${1#stdio:}
	[ ! -d "$source" ] || die 2 "$1: is a folder: give the drive itself, as /dev/sr0, or an image"
	# a drive with its tray open or empty can't be opened
	if [ ! -b "$source" ] && [ ! -s "$source" ] || ! { : <"$source"; } 2>/dev/null; then
		die 3 "$1: there is no disc: insert it, then: gp-disc rescue $1"
	fi
	dev=$source
	kind=blocks
	is=$(medium_label 2>/dev/null) || true
	[ -z "$is" ] || [ -z "$label" ] || [ "$is" = "$label" ] ||
		die 3 "$1: that is $is: insert $label, then: gp-disc rescue $1"
	label=${label:-$is}
	[ -n "$label" ] || die 2 "$1: does not tell which disc it is: its beginning is damaged: gp-disc rescue $1 --label LABEL, as it is written on it"
	label_want "$label"
	[ -z "$indexed" ] || [ -n "$(state_of "$label")" ] || {
		say "$label: the index does not know it: it comes into a folder"
		indexed=
	}
}

# rescue_begin FOLDER: makes it. Only one run at a time is at work there.
rescue_begin() {
	local room
	if [ -n "$indexed" ]; then
		at=${1:-$GP_ARCHIVE/.gp/rescue/$label}
		bag=$at/bag
		rm -rf -- "$bag"
	else
		bag=${1:-$label}
		at=$bag/rescue
	fi
	mkdir -p -- "$at" "$bag" || die 2 "$at can't be made"
	at=$(realpath -- "$at") && bag=$(realpath -- "$bag")
	lock_file "$at/lock" -n || die 2 "another gp-disc is at work in $at"
	[ ! "$source" -ef "$at/image.iso" ] || die 2 "$source: is what was rescued: give the drive"
	rm -f -- "$at/read.log" "$at/par2.log"
	size=$(blockdev --getsize64 "$source" 2>/dev/null || stat -c %s -- "$source") || size=0
	room=$(($(df --output=avail -B1 "$at" | tail -n 1) + $(du -B1 "$at" | tail -n 1 | cut -f 1)))
	[ "$room" -ge "$size" ] ||
		die 2 "$at: no space: there is room for $room bytes, the disc has $size: gp-disc rescue DRIVE FOLDER puts it elsewhere"
}

# room_want: ends the program where the disk is full: what was cut short for want of
# room is no damage of the disc
room_want() {
	local full='' log
	head -c 65536 /dev/zero 2>/dev/null >"$at/room" || full=1
	rm -f -- "$at/room"
	for log in "$at/read.log" "$at/par2.log"; do
		[ ! -e "$log" ] || ! no_room "$log" || full=1
	done
	[ -z "$full" ] || die 2 "$at: no space left: make room, then run this again"
}

# rescue_failed: a step did not end well: that the disk is full is said as that
rescue_failed() {
	[ "$BASHPID" -ne "$$" ] || room_want
}

# descriptor FILE: its volume descriptor in hex, where that can be read
descriptor() {
	dd if="$1" bs="$SECTOR" skip=16 count=1 status=none 2>/dev/null | od -An -v -tx1 | tr -d ' \n' | grep '^014344303031'
}

# same_want: ends the program where the disc is not the one whose sectors are here
same_want() {
	local here now
	here=$(descriptor "$at/image.iso") && now=$(descriptor "$source") || return 0
	[ "$here" = "$now" ] ||
		die 3 "$source: is another disc than that which was being rescued in $at: insert that, or give another folder"
}

# copy_medium: all that can be read to image.iso, what is easy first. The map
# says which sectors are there: whatever ends it, the next run goes on.
copy_medium() {
	local flags=() n
	map_sound
	[ ! -s "$at/map" ] || say "$label: going on with what was rescued before"
	pass "reading all that is easy to read" --no-scrape
	[ ! -b "$source" ] || flags=(--idirect)
	for n in --unidirectional --reverse; do
		! map_done || break
		pass "trying the bad sectors again" "$n" --retrim --retry-passes="$RESCUE_AGAIN" "${flags[@]}"
	done
	sync -f "$at"
	n=$(ddrescuelog --list-blocks='?*/-' --block-size="$SECTOR" "$at/map" | wc -l)
	[ "$n" -eq 0 ] || say "$label: $n sectors of $SECTOR bytes can't be read; another drive may read them: the same command there goes on"
}

# map_sound: a map that was cut as it was written gives way to the one before,
# or is made anew; what was read stays where it is
map_sound() {
	[ -e "$at/map" ] && ! ddrescuelog -q -t "$at/map" >/dev/null 2>&1 || return 0
	if ddrescuelog -q -t "$at/map.bak" >/dev/null 2>&1; then
		cp -- "$at/map.bak" "$at/map"
	else
		rm -f -- "$at/map"
	fi
}

# map_done: nothing is left to be read
map_done() {
	ddrescuelog -q --done-status "$at/map"
}

# pass WORDS FLAG...: ddrescue once; it shows what it does on a terminal
pass() {
	local quiet=(--quiet)
	[ ! -t 2 ] || quiet=()
	say "$label: $1"
	ddrescue --sector-size="$SECTOR" "${quiet[@]}" "${@:2}" -- "$source" "$at/image.iso" "$at/map" >&2 ||
		die 2 "$source: ddrescue could not go on; see its message above, then the same command again"
}

# trees_read: $at/tree.N, as extents() has them, from each tree of the disc: Rock
# Ridge's, Joliet's, and what stood there when the disc was good. Damage to one
# leaves the others.
trees_read() {
	local good=$GP_ARCHIVE/.gp/discs/$label/extents.good
	rm -f "$at"/tree.*
	extents any >"$at/tree.1" || true
	extents norock >"$at/tree.2" || true
	[ -s "$at/tree.1" ] || [ -s "$at/tree.2" ] || front_tree >"$at/tree.3" || true
	[ -z "$indexed" ] || [ ! -s "$good" ] || cp -- "$good" "$at/tree.4"
	find "$at" -maxdepth 1 -name 'tree.*' -empty -delete
	[ -n "$(find "$at" -maxdepth 1 -name 'tree.*')" ] ||
		die 1 "$label: nothing tells any more where its files lie: keep $at/image.iso for somebody who carves files"
}

# trees_own: by none of the trees it is a disc of another archive
trees_own() {
	local tree
	for tree in "$at"/tree.*; do
		cp -- "$tree" "$at/extents"
		bag_lists
		(own_want "$label" "$source") || { rm -f -- "$at/image.iso" "$at"/map*; exit 3; }
	done
	rm -f -- "$at/extents"
}

# front_tree: Joliet's tree, where what stands before it is lost: its volume
# descriptor in place of the primary one, which every reader wants; ECMA-119, 8.4
# and 8.5
front_tree() {
	local addr
	addr=stdio:$at/front
	dd if="$dev" of="$at/front" bs=1M count="$FRONT" status=none
	dd if="$dev" of="$at/front" bs="$SECTOR" skip=17 seek=16 count=1 conv=notrunc status=none
	printf '\1' | dd of="$at/front" bs=1 seek=$((16 * SECTOR)) conv=notrunc status=none
	# the escape sequences that make it Joliet's
	dd if=/dev/zero of="$at/front" bs=1 seek=$((16 * SECTOR + 88)) count=32 conv=notrunc status=none
	extents norock
	rm -f "$at/front"
}

# lists_bring: the disc's own lists to $bag, mended where they must be, and
# $at/records from them
lists_bring() {
	local tree name
	for tree in "$at"/tree.*; do
		cp -- "$tree" "$at/where"
		where_load
		awk -F '\t' '$3 !~ /^(data|thumbs)\// && $3 !~ /^parity\// || $3 ~ /^parity\/set-000[.]/ { print $3 }' "$tree" |
			sort -u | while IFS= read -r name; do bring "$name" || true; done
		room_want
		lists_good && break
		set_repair 000 || true
		room_want
		! lists_good || break
	done
	lists_good || {
		[ -s "$bag/manifest-sha256.txt" ] || die 1 "$label: its list manifest-sha256.txt is lost, and with it what should be there; the sectors are in $at/image.iso"
		say "$label: its list manifest-sha256.txt can't be proved whole: what it does not name is not looked for"
	}
	records_make
}

# lists_good: whether the manifest is as the list of lists has it
lists_good() {
	manifest_whole "$bag" || par2_good 000
}

# par2_good SET: whether par2 finds its files right
par2_good() {
	[ -n "$(set_files "$1")" ] && (cd "$bag" && par2 verify -q -q -B ./ "$(set_files "$1" | head -n 1)") >/dev/null 2>&1
}

# records_make: $at/records from the manifest and, where it can be read, albums.json
records_make() {
	{
		sums_tsv "$bag/manifest-sha256.txt" | jq -cR 'split("\t") | {path: .[0], sha256: .[1]}'
		sed -n 's/^\({"path":.*}\)\(,\|\],\)\{0,1\}$/\1/p' "$bag/albums.json" 2>/dev/null | jq -cR 'fromjson? | .told = true'
	} | jq -nc --arg disc "$label" '
		reduce inputs as $r ({}; if $r.told then (if .[$r.path] then .[$r.path] += {about: $r} else . end)
			else .[$r.path] = {sum: $r.sha256} end) |
		to_entries[] | select(.key | startswith("data/") and (split("/") | index("..") | not)) |
		.value.about as $a | {id: .key, $disc, discPath: .key, sha256: .value.sum,
			creationTime: $a.creationTime, album: {title: ([$a.albums[]?.title] | join(", "))}}' >"$at/records"
}

# where_find: $at/where, the extents of every file that any tree has: of what is
# expected those under which it is good. $at/checks as check_blocks has it.
where_find() {
	local tree
	jq -r '[.discPath, .sha256] | @tsv' "$at/records" >"$at/expected"
	[ -n "$indexed" ] || sums_tsv "$bag/tagmanifest-sha256.txt" >>"$at/expected"
	sort -u -o "$at/expected" "$at/expected"
	cp -- "$at/expected" "$at/left"
	: >"$at/where.good"
	: >"$at/found"
	say "$label: reading what came, $(wc -l <"$at/expected") files"
	for tree in "$at"/tree.*; do
		[ -s "$at/left" ] || break
		! cmp -s "$tree" "$at/extents" || continue
		cp -- "$tree" "$at/extents"
		reading check_blocks <"$at/left" >"$at/checks"
		cat "$at/checks" >>"$at/found"
		awk -F '\t' 'FNR == NR { if ($2 == "ok") ok[$1]; next } $3 in ok' "$at/checks" "$tree" >>"$at/where.good"
		awk -F '\t' 'FNR == NR { if ($2 != "ok") bad[$1]; next } $1 in bad' "$at/checks" "$at/left" >"$at/left.still"
		mv "$at/left.still" "$at/left"
	done
	# the last word on each; of what is bad, the first that was found out
	awk -F '\t' '!($1 in is) || $2 == "ok" || is[$1] == "missing" { is[$1] = $2 }
		END { for (p in is) print p "\t" is[p] }' "$at/found" >"$at/checks"
	awk -F '\t' 'FNR == 1 { file++ } !($3 in at) { at[$3] = file } at[$3] == file' \
		"$at/where.good" "$at"/tree.* >"$at/where"
	where_load
}

# where_load: places has of each path its extents, as $at/where has them
where_load() {
	local lba bytes path
	places=()
	while IFS=$'\t' read -r lba bytes path; do places[$path]+="$lba $bytes"$'\n'; done <"$at/where"
}

# bring PATH: it comes to the bag as far as it can be read; 1 where nothing of it
# is known
bring() {
	local lba bytes
	path_safe "$1" && [ -n "${places[$1]:-}" ] || return 1
	mkdir -p -- "$bag/$(dirname -- "$1")"
	rm -f -- "$bag/$1"
	while read -r lba bytes; do
		[ -z "$lba" ] || extent "$lba" "$bytes" 2>>"$at/read.log" || true
	done <<<"${places[$1]}" >"$bag/$1"
}

# path_safe PATH: stays in the bag, and out of what is kept of the rescue
path_safe() {
	[[ /$1/ != */../* && $1 != /* && $1 != rescue/* ]]
}

# rescue_wanted: $at/wanted, records: what the archive lacks or has rotten; all
# where there is none
rescue_wanted() {
	local name path
	cp -- "$at/records" "$at/wanted"
	[ -n "$indexed" ] || return 0
	say "$label: reading the archive's own copies of its $(wc -l <"$at/records") photos"
	gp-hash --check --root "$GP_ARCHIVE" <"$at/records" >"$at/archive" 2>"$at/read.log" || [ $? -eq 1 ] ||
		die 2 "$GP_ARCHIVE can't be read; see $at/read.log"
	jq -c 'select(.check != "ok")' "$at/archive" >"$at/wanted"
	# what the archive has right and the disc has not helps to repair the rest
	while IFS=$'\t' read -r name path; do spare[$name]=$path; done < <(
		jq -r 'select(.check == "ok") | [.discPath, .path] | @tsv' "$at/archive" |
			awk -F '\t' 'FNR == NR { if ($2 == "ok") ok[$1]; next } !($1 in ok)' "$at/checks" -
	)
}

# bring_wanted: to the bag; where there is no archive, also what is no photo
bring_wanted() {
	local name
	{
		jq -r .discPath "$at/wanted"
		[ -n "$indexed" ] || cut -f 3 "$at/where"
	} | sort -u | while IFS= read -r name; do
		# what was mended is not overwritten by what it was
		[ -z "$indexed" ] && [ -e "$bag/$name" ] && [[ $name != data/* ]] || bring "$name" || true
	done
	room_want
	bad_wanted
}

# bad_wanted: $at/bad, paths of what is wanted and not right in the bag
bad_wanted() {
	jq -c '{id, filename, album, path: .discPath, sha256, creationTime}' "$at/wanted" |
		gp-hash --check --root "$bag" >"$at/checked" 2>"$at/read.log" || [ $? -eq 1 ] ||
		die 2 "$bag can't be read; see $at/read.log"
	[ "$(wc -l <"$at/checked")" -eq "$(wc -l <"$at/wanted")" ] || die 2 "$bag: not all could be checked; see $at/read.log"
	jq -r 'select(.check != "ok").path' "$at/checked" | sort >"$at/bad"
}

# sets: the numbers of the sets of recovery data
sets() {
	sed -n 's/.*\tparity\/set-\([0-9]*\)[.].*par2$/\1/p' "$at/where" | sort -u
}

# set_files SET: its files in the bag, the small one first
set_files() {
	(cd "$bag" && find parity -name "set-$1.*par2" -size +0 2>/dev/null | sort)
}

# set_bring SET: its recovery data to the bag
set_bring() {
	local name
	sed -n "s/.*\t\(parity\/set-$1[.].*par2\)\$/\1/p" "$at/where" | sort -u |
		while IFS= read -r name; do [ -e "$bag/$name" ] || bring "$name" || true; done
}

# set_names SET: the names of its files, from whichever of its files still has them
set_names() {
	local file
	set_files "$1" | while IFS= read -r file; do
		# not one file is there, and it fails; par2 takes a * in a whole path for a
		# pattern
		(cd "$at/empty" && par2 verify -q -B ./ "$(realpath --relative-to=. -- "$bag")/$file" 2>/dev/null || true) |
			sed -n 's/^Target: "\(.*\)" - .*/\1/p' | grep -v -e '^/' -e '\(^\|/\)\.\.\(/\|$\)' && break
	done
}

# mend: the bad ones from the recovery data, a set at a time
mend() {
	local set
	[ -s "$at/bad" ] || return 0
	say "$label: $(wc -l <"$at/bad") photos are damaged or missing on it: repairing with par2"
	rm -rf -- "$at/empty"
	mkdir -p -- "$at/empty"
	: >"$at/par2.log"
	while IFS= read -r set <&3; do
		[ "$set" != 000 ] || continue
		set_bring "$set"
		{ set_names "$set" || true; } | sort -u >"$at/members"
		if [ -n "$(comm -12 "$at/members" "$at/bad")" ]; then
			set_fill
			set_repair "$set" || true
		fi
		[ -z "$indexed" ] || set_free "$set"
	done 3< <(sets)
	room_want
	bad_wanted
}

# set_fill: what else is of the set, from the disc, or from the archive where
# that has it right and the disc has not
set_fill() {
	local name
	while IFS= read -r name; do
		[ ! -e "$bag/$name" ] || continue
		if [ -n "${spare[$name]:-}" ]; then
			mkdir -p -- "$bag/$(dirname -- "$name")"
			ln -s -- "$(realpath -- "$GP_ARCHIVE/${spare[$name]}")" "$bag/$name"
		else
			bring "$name" || true
		fi
	done <"$at/members"
}

# set_repair SET: par2 keeps what a file was as NAME.1, which goes again
set_repair() {
	local file name status=1
	while IFS= read -r file <&4; do
		(cd "$bag" && par2 repair -q -m256 -B ./ "$file") >>"$at/par2.log" 2>&1 && status=0 && break
	done 4< <(set_files "$1")
	{ cat "$at/members" 2>/dev/null || true; } | while IFS= read -r name; do
		grep -qxF -- "$name.1" "$at/members" || rm -f -- "$bag/$name.1"
	done
	return "$status"
}

# set_free SET: it and its files leave the bag, but for what is wanted
set_free() {
	local name
	rm -f -- "$bag/parity/set-$1".*
	comm -23 "$at/members" <(jq -r .discPath "$at/wanted" | sort) |
		while IFS= read -r name; do
			rm -f -- "$bag/$name"
		done
}

# rescue_judge: says what is lost, by name; 1 where something is. Without an
# archive what is damaged still goes out of the way of what is good.
rescue_judge() {
	local name lost others
	jq -r --slurpfile records "$at/wanted" -n '($records | map({(.discPath): .}) | add // {}) as $is |
		inputs | select(.check != "ok") | $is[.path] as $r |
		[.path, (if $r.path then $r.path else "" end), ($r.creationTime // ""), ($r.album.title // "")] | @tsv' \
		"$at/checked" >"$at/lost"
	lost=$(wc -l <"$at/lost")
	head -n "$NAMED" "$at/lost" | jq -rR 'split("\t") | .[0] + " (" + ([.[1],
		(if .[2] == "" then "" else "taken " + .[2][:10] end),
		(if .[3] == "" then "" else "album " + .[3] end)] | map(select(. != "")) | join(", ")) + ")"' |
		while IFS= read -r name; do say "$label: LOST on this disc: $name"; done
	others=$(grep -v $'\tok$' "$at/checks" | cut -f 1 | grep -cv '^data/') || true
	[ -n "$indexed" ] || others_tell "$others"
	[ "$lost" -gt 0 ] || return 0
	[ "$lost" -le "$NAMED" ] || say "$label: all $lost that are lost are in $at/lost"
	[ -n "$indexed" ] || cut -f 1 "$at/lost" | while IFS= read -r name; do
		[ -s "$bag/$name" ] || continue
		mkdir -p -- "$bag/damaged/$(dirname -- "$name")"
		mv -f -- "$bag/$name" "$bag/damaged/$name"
	done
	return 1
}

# others_tell N: of what is no photo
others_tell() {
	[ "$1" -eq 0 ] || say "$label: $1 other files were damaged (lists, page, small pictures, recovery data); the photos don't need them"
}

# heal_archive: what came goes into the archive; gp-index keeps the bad bytes in
# .gp/quarantine and the event. 1 where something did not get there.
heal_archive() {
	local want
	lists_end
	[ -s "$at/wanted" ] || return 0
	jq -r 'select(.check == "ok") | .path' "$at/checked" >"$at/good"
	[ -s "$at/good" ] || return 0
	jq -c --arg bag "$bag" --rawfile good "$at/good" '
		($good | split("\n") | map({(.): true}) | add) as $is | select($is[.discPath]) |
		.file = $bag + "/" + .discPath' "$at/wanted" >"$at/heal"
	jq -c 'del(.path, .status, .copies, .accepted, .check, .disc, .discPath)' "$at/heal" |
		gp-index --record >"$at/recorded" || true
	jq -c 'del(.file, .check)' "$at/heal" | gp-hash --check --root "$GP_ARCHIVE" >"$at/proof" 2>"$at/read.log" || true
	gp-index --seen nas <"$at/proof" >/dev/null || [ $? -eq 1 ] || die 2 "the index did not take the proof; see its message above"
	want=$(wc -l <"$at/heal")
	jq -r 'select(.check == "ok").path' "$at/proof" >"$at/healed"
	head -n "$NAMED" "$at/healed" | while IFS= read -r name; do say "archive: $name: mended from $label, and proved"; done
	[ "$(wc -l <"$at/healed")" -eq "$want" ] || {
		say "archive: only $(wc -l <"$at/healed") of $want that came from $label could be put in; see the messages above"
		return 1
	}
}

# rescue_end: what it came to. The image goes once nothing more is wanted of it.
rescue_end() {
	local all wanted bad
	all=$(wc -l <"$at/records")
	wanted=$(wc -l <"$at/wanted")
	bad=$(wc -l <"$at/lost")
	withdraw
	if [ -z "$indexed" ]; then
		say "$label: $((all - bad)) of $all photos are good, in $bag"
	elif [ "$wanted" -eq 0 ]; then
		say "$label: the archive has all its $all photos, and they are good: nothing was to be brought back"
	else
		say "$label: the archive lacked $wanted of its $all photos: $((wanted - bad)) are back"
	fi
	if [ "$lost" -eq 0 ]; then
		rm -rf -- "$at/image.iso" "$at/map" "$at/map.bak" "$at/empty" "$at"/tree.*
		[ -z "$indexed" ] || rm -rf -- "$bag"
	else
		say "$label: what was read is kept in $at: another drive or a second disc $label may have more: gp-disc rescue DRIVE goes on"
	fi
}

# withdraw: what is bad on the disc is no copy any more; that the rest is good
# is for gp-disc verify to prove: more than one disc may have gone into the image
withdraw() {
	[ -n "$indexed" ] && [ "$(state_of "$label")" != failed ] || return 0
	jq -c --rawfile checks "$at/checks" --arg disc "$label" -n '
		($checks | split("\n") | map(split("\t") | select(.[1] and .[1] != "ok") | {(.[0]): .[1]}) | add // {}) as $is |
		inputs | select($is[.discPath]) | .check = $is[.discPath]' "$at/records" >"$at/rotten"
	[ -s "$at/rotten" ] || return 0
	gp-index --seen "$label" <"$at/rotten" >/dev/null || [ $? -eq 1 ] || true
	say "$label: $(wc -l <"$at/rotten") of $(wc -l <"$at/records") photos are damaged on the disc itself; gp-disc verify $label says what becomes of it"
}
