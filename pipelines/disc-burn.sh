# gp-disc build, burn, archive: a disc from files to the shelf. Uses $at, $dev
# and gp-disc's functions. Source it after disc.sh.
# shellcheck shell=bash disable=SC2154

PACKED=.gp/discs/packed.ndjson # what gp-pack told and the index may not know

# waiting: the labels that wait to be burned, oldest first
waiting() {
	gp-index --stats | jq -r '[.discs[]? | select(.state == "built")] | sort_by(.label)[] | .label'
}

# leftovers: frees what discs that failed took here; their files stay in the
# archive
leftovers() {
	local label
	gp-index --stats | jq -r '.discs[]? | select(.state == "failed") | .label' |
		while IFS= read -r label; do burn_free "$label"; done
}

# burn_free LABEL: the image and the links
burn_free() {
	[ -n "$1" ] || return 1
	rm -f -- "$GP_ARCHIVE/burn/$1.iso"
	[ ! -d "$GP_ARCHIVE/burn/$1" ] || { chmod -R u+w -- "$GP_ARCHIVE/burn/$1" && rm -rf -- "$GP_ARCHIVE/burn/$1"; }
}

# packed_take: tells the index what gp-pack built. A line that was cut by a kill
# is left out: gp-pack tells it again.
packed_take() {
	[ -s "$GP_ARCHIVE/$PACKED" ] || return 0
	jq -cR 'fromjson? | select(.disc and .error == null)' "$GP_ARCHIVE/$PACKED" |
		gp-index --packed >"$GP_ARCHIVE/$PACKED.taken" || [ $? -eq 1 ] ||
		die 2 "the index did not take what was built; see its message above, then gp-disc build again"
	rm -f -- "$GP_ARCHIVE/$PACKED" "$GP_ARCHIVE/$PACKED.taken"
}

# next_number: one after the highest that the index knows of
next_number() {
	gp-index --stats | jq -r --arg prefix "$GP_DISC_LABEL-" '
		[.discs[]?.label | select(startswith($prefix)) | .[($prefix | length):] | tonumber? // 0] | (max // 0) + 1'
}

# build [--flush]: what is on no disc
build() {
	local number st failed=0
	index_need
	lock_take disc || die 2 "another gp-disc is at work"
	tools_need gp-pack
	mkdir -p "$GP_ARCHIVE/.gp/discs"
	packed_take
	leftovers
	number=$(next_number)
	if gp-index --export --unpacked |
		gp-pack --capacity "$GP_DISC_CAPACITY" --threshold "$(numfmt --from=si "$GP_DISC_THRESHOLD")" \
			--parity "$GP_DISC_PARITY" --label "$GP_DISC_LABEL" --number "$number" "$@" \
			>"$GP_ARCHIVE/$PACKED"; then
		st=("${PIPESTATUS[@]}")
	else
		st=("${PIPESTATUS[@]}")
	fi
	stages_judge "gp-index --export,gp-pack" "${st[@]}" || failed=$?
	packed_take
	waiting_tell
	return "$failed"
}

# waiting_tell: which disc to insert, how many, and the one command
waiting_tell() {
	local labels
	mapfile -t labels < <(waiting)
	case ${#labels[@]} in
	0) echo "no disc waits to be burned" ;;
	1) say "1 disc waits to be burned, ${labels[0]}: insert a blank one ($GP_DISC_CAPACITY), then: gp-disc burn" ;;
	*) say "${#labels[@]} discs wait to be burned, ${labels[0]} first: insert a blank one ($GP_DISC_CAPACITY), then: gp-disc burn" ;;
	esac
}

# drive_of DRIVE: as xorriso wants it
drive_of() {
	case $1 in
	stdio:* | /dev/*) printf '%s' "$1" ;;
	*) die 2 "$1: is no drive: as /dev/sr0, or stdio:/path for a file" ;;
	esac
}

# blank_want LABEL DRIVE BLOCKS: ends the program with 3 where the medium is
# missing, written, or smaller than that
blank_want() {
	local toc space again="then: gp-disc burn $2 --label $1"
	toc=$(xo -outdev "$2" -toc -tell_media_space 2>&1) || true
	grep '^Media current: ' <<<"$toc" | grep -qv 'is not present' ||
		die 3 "$2: there is no disc: insert a blank one for $1, $again"
	grep -q '^Media status : is blank' <<<"$toc" ||
		die 3 "$2: that disc is not blank: insert a blank one for $1, $again"
	space=$(sed -n 's/^Media space  : \([0-9]*\)s.*/\1/p' <<<"$toc" | head -n 1)
	[ -n "$space" ] || die 3 "$2: does not say how much it holds: insert another disc for $1, $again"
	[ "$space" -ge "$3" ] ||
		die 3 "$2: holds $((space * SECTOR)) bytes, $1 needs $(($3 * SECTOR)): insert a larger blank disc, $again"
}

# bag_image LABEL ARG...: the disc made from the bag on standard output, bit for
# bit as gp-pack makes it
bag_image() {
	local bag=$GP_ARCHIVE/burn/$1 epoch
	epoch=$(sed -n 's/^Source-Date-Epoch: //p' "$bag/bag-info.txt")
	env ${epoch:+"SOURCE_DATE_EPOCH=$epoch"} xorriso -as mkisofs -quiet -iso-level 3 -r -J --md5 \
		-no-pad -input-charset utf-8 -appid GP-PACK -V "$1" "${@:2}" "$bag" 2>>"$at/burn.log" </dev/null
}

# image_good LABEL: whether the image is still as gp-pack made it
image_good() {
	local image=$GP_ARCHIVE/burn/$1.iso want
	[ -s "$image" ] || return 1
	want=$(image_sum "$1")
	[ -n "$want" ] || return 0
	say "$1: reading the image before it is burned"
	[ "$(sha256sum <"$image")" = "$want  -" ] && return
	say "$1: the image is damaged: the disc is burned from the files instead"
	return 1
}

# burn_tell LABEL: to whoever waits
burn_tell() {
	! watched || say "$1: burning; a full disc takes hours, and $at/burn.log tells how far it is"
}

# burn_mark DRIVE: before its first byte; without it what was burned would be taken
# for a disc that is not blank
burn_mark() {
	{ printf '%s\n' "$1" >"$at/burning" && : >>"$at/burn.log"; } 2>/dev/null || {
		rm -f "$at/burning"
		die 2 "no space left in $at, so nothing was burned: make room, then again"
	}
}

# burn_write LABEL DRIVE: asks for the space first
burn_write() {
	local image=$GP_ARCHIVE/burn/$1.iso blocks
	if image_good "$1"; then
		blocks=$((($(stat -c %s "$image") + SECTOR - 1) / SECTOR))
		blank_want "$1" "$2" "$blocks"
		burn_mark "$2"
		burn_tell "$1"
		xorriso -as cdrecord dev="$2" padsize=0 "$image" >"$at/burn.log" 2>&1 </dev/null
		return
	fi
	[ -d "$GP_ARCHIVE/burn/$1" ] || die 2 "$1: neither image nor files are in $GP_ARCHIVE/burn: gp-index --disc-state $1 failed, then gp-disc build"
	: >"$at/burn.log"
	blocks=$(bag_image "$1" -print-size) || blocks=
	[[ $blocks =~ ^[0-9]+$ ]] || die 2 "$1: xorriso can't make the disc; see $at/burn.log"
	# the sums by name are not in that size
	blank_want "$1" "$2" $((blocks + $(find "$GP_ARCHIVE/burn/$1" | wc -l) / 8 + 64))
	burn_mark "$2"
	burn_tell "$1"
	bag_image "$1" | xorriso -as cdrecord dev="$2" padsize=0 - >>"$at/burn.log" 2>&1
}

# reload LABEL DRIVE: what is read next comes from the disc, not from a cache
reload() {
	[[ $2 != stdio:* ]] || return 0
	xo -outdev "$2" -eject all || true
	xo -indev "$2" -toc >/dev/null || true
	medium_open "$2" || die 3 "$2: put $1 in again, then: gp-disc verify $1 $2"
}

# burned_before LABEL DRIVE: whether the medium has this disc, from a run that
# did not come to tell, and is good
burned_before() {
	[ -e "$at/burning" ] && medium_open "$2" && [ "$(medium_label)" = "$1" ] || return 1
	say "$1: was being burned: reading what is there"
	medium_check "$1" && return
	rm -f "$at/burning"
	die 3 "$1: that disc was not finished and is spoiled: insert a blank one, then: gp-disc burn $2 --label $1"
}

# burn [DRIVE] [LABEL]
burn() {
	local drive label=$2
	index_need
	drive=$(drive_of "${1:-/dev/sr0}") || exit
	lock_take disc || die 2 "another gp-disc is at work"
	[ -n "$label" ] || label=$(waiting | head -n 1)
	[ -n "$label" ] || die 0 "no disc waits to be burned; see gp-disc status"
	at_make "$label"
	case $(state_of "$label") in
	built) ;;
	burned) die 3 "$label: is burned: insert it, then: gp-disc verify $label $drive" ;;
	'') die 2 "$label: the index has no such disc; see gp-disc status" ;;
	*) die 2 "$label: is $(state_of "$label"): it is not burned again" ;;
	esac
	if ! burned_before "$label" "$drive"; then
		rm -f "$at/burning"
		burn_write "$label" "$drive" || {
			rm -f "$at/burning"
			die 3 "$label: burning failed ($(tail -n 1 "$at/burn.log")); insert a blank disc, then: gp-disc burn $drive --label $label"
		}
	fi
	state_to "$label" burned
	rm -f "$at/burning"
	reload "$label" "$drive"
	read_back "$label" "$drive" || return
	say "$label: is burned and verified: write its name on it, then: gp-disc archive $label"
	waiting_tell
}

# archive LABEL: its lists are kept, its image and links are freed
archive() {
	local label=$1 bag=$GP_ARCHIVE/burn/$1 to=$GP_ARCHIVE/archived/$1 state
	index_need
	lock_take disc || die 2 "another gp-disc is at work"
	at_make "$label"
	state=$(state_of "$label")
	case $state in
	archived) ;;
	verified)
		archive_lists
		state_to "$label" archived
		;;
	'') die 2 "$label: the index has no such disc; see gp-disc status" ;;
	*) die 1 "$label: is $state, not verified: it stays as it is; see gp-disc status" ;;
	esac
	burn_free "$label"
	say "$label: is archived; its lists are in $to"
}

# archive_lists: the tag files, whole or not at all
archive_lists() {
	[ ! -s "$to/manifest-sha256.txt" ] || return 0
	[ -s "$bag/manifest-sha256.txt" ] || die 2 "$bag: its lists are gone: bring them from the disc to $to, then again"
	rm -rf -- "$to.gp-new"
	mkdir -p -- "$to.gp-new"
	find "$bag" -mindepth 1 -maxdepth 1 -type f -exec cp -p -t "$to.gp-new" -- {} + || die 2 "$to.gp-new can't be written"
	sync -- "$to.gp-new"/* "$to.gp-new"
	mv -T -- "$to.gp-new" "$to"
	sync -- "${to%/*}"
}
