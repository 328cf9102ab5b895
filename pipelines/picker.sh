# What gp-backup does about picker: at 3 a.m. nobody is there to pick, so the
# link goes out with the notice, and a later run takes what was picked.
# shellcheck shell=bash disable=SC2154 # run and flags are the caller's

# picker_albums: the album of each link, one a line: those of GP_ALBUMS, else
# one without
picker_albums() {
	printf '%s\n' "${GP_ALBUMS_LIST[@]:-}"
}

# picker_flags ALBUM: what gp-list is told, in `flags`
picker_flags() {
	[ -z "$1" ] || flags+=(--album "$1")
	watched || flags+=(--no-wait)
}

# picker_note NAME ALBUM: keeps where the person picks, if NAME, the source just
# noted, waits for that
picker_note() {
	local name=$1 album=$2
	tail -n 1 "$run/sources.jsonl" | jq -e '.waiting > 0' >/dev/null || return 0
	# a session that can't be read is none
	find "$GP_ARCHIVE/.gp/listings" -name 'picker-*.json' -exec cat {} + |
		jq -Rc --arg account "${GP_ACCOUNT:-default}" --arg album "$album" --arg name "$name" '
			fromjson? | select(.account == $account and (.album // "") == $album and .listed == false) |
			{source: $name, account, album: $album, link: .pickerUri, until: .expireTime}' \
			>>"$run/waiting.jsonl" || true
}

# picker_waiting: an object for each link that waits
picker_waiting() {
	cat "$run/waiting.jsonl" 2>/dev/null || true
}

# picker_only: whether all is well but for a link that waits
picker_only() {
	jq -en 'all(inputs; .status == 0 or (.waiting > 0 and .stages >= 5))' \
		<"$run/sources.jsonl" >/dev/null
}

# picker_sentence: what is added to the run's last line
picker_sentence() {
	[ -s "$run/waiting.jsonl" ] || return 0
	picker_waiting | jq -rs '
		" Waiting for photos to be picked until \(map(.until // "" | .[0:10]) | min)."'
}

# picker_text: what is added to the notice
picker_text() {
	[ -s "$run/waiting.jsonl" ] || return 0
	picker_waiting | jq -r '"\n\nPlease pick photos, signed in to Google (\(.account)): open the link, " +
		(if .album == "" then "search for the album by its title"
		else "search for \(.album)" end) +
		", tick its photos and press Done, until \(.until // "" | .[0:10]). The next run stores them.\n\(.link)"'
}
