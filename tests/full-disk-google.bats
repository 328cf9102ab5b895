#!/usr/bin/env bats
# What comes of Google, on a disk that is full at any point of the work: nobody has
# to pick twice, nor to sign in again. See full-disk.bats.
# builds: plain
bats_require_minimum_version 1.5.0
load helper
load full-disk

setup_file() { google_start; }
teardown_file() { google_stop; }

setup() {
	full_disk_setup
}

# sessions: how many were begun and how many deleted
sessions() {
	google_log '[.[] | select(.status >= 200 and .status < 300 and (.path | test("/v1/sessions(/|$)"))) | .method] |
		"\(map(select(. == "POST")) | length) \(map(select(. == "DELETE")) | length)"'
}

# kept_sessions: the links that the archive keeps
kept_sessions() {
	find "$GP_ARCHIVE/.gp/listings" -name '*.json' -exec cat {} + 2>/dev/null | jq -r .pickerUri
}

# the stand-in is told to forget, so that each pass counts its own sessions
picker_ready() {
	google_reset
	older
	run -3 gp-list --no-wait --album Ezra picker:
	curl -sf -X POST "$GP_TEST_CONTROL/pick" >/dev/null
}
# 3: all that was picked is stored already
picker_work() {
	local status=0
	main_job --no-wait picker: || status=$?
	[ "$status" -ne 3 ] || status=0
	return "$status"
}
picker_kept() {
	old_photos || return
	same "1 0" "$(sessions)" || return
	same 1 "$(kept_sessions | wc -l)"
}
picker_whole() { all_photos; }

@test "the main job of what was picked, the archive on a full disk: nobody picks twice" {
	long_only
	GP_ARCHIVE=$small/archive need=420
	passes 2 10 picker
}

link_ready() {
	google_reset
	older
}
# 3: a person is to pick
link_work() {
	local status=0
	limited gp-list --no-wait picker: || status=$?
	[ "$status" -ne 3 ] || status=0
	return "$status"
}
# no link is shown that is not kept: what is picked with it could not be had
link_kept() {
	local link
	old_photos || return
	if [ "$status" -eq 0 ]; then
		has "$(cat said)" "$(kept_sessions)"
	else
		! grep http said
	fi
}
link_whole() {
	kept_sessions | wc -l
	all_photos
}

@test "gp-list picker: a link that a full disk can't keep is not shown" {
	long_only
	GP_ARCHIVE=$small/archive need=10
	passes 2 10 link
}

auth_ready() {
	install -d -m 700 "$signs"
	install -m 600 sign-in "$signs/default.token.json"
	rm -f printed
}
# what is renewed is printed only where it is kept
auth_work() {
	limited gp-auth token >printed || return
	same "$(jq -r .access_token "$signs/default.token.json")" "$(cat printed)"
}
auth_kept() {
	[ "$status" -eq 0 ] && return
	same "" "$(cat printed)" || return
	cmp sign-in "$signs/default.token.json"
}
# each token is another, good for an hour from now
auth_whole() {
	(cd "$signs" && find . -printf '%P %m\n' | LC_ALL=C sort)
	jq -c '.access_token = (.access_token | length) | .access_expires = (.access_expires > 1000)' \
		"$signs/default.token.json"
}

@test "gp-auth token: a full disk as it renews says so, and the sign-in stays" {
	long_only
	local signs=$small/config/gp need=4
	google_sign_in sign-in
	export XDG_CONFIG_HOME=$small/config
	passes 2 10 auth
}

# as a person signs in, who is told at the end whether that is kept
login_work() {
	local login status=0
	rm -f told
	limited gp-auth login --client "$GOOGLE_DIR/client_secret.json" </dev/null >told 2>&1 3>&- &
	login=$!
	if wait_for grep -qs -e '^https:' -e space told; then
		curl -sL --cacert "$GP_CA_FILE" "$(grep '^https:' told)" >/dev/null || true
	fi
	wait "$login" || status=$?
	cat told
	return "$status"
}
login_kept() {
	[ "$status" -eq 0 ] || cmp sign-in "$signs/default.token.json"
}

@test "gp-auth login: a full disk says so, and the sign-in of before stays" {
	long_only
	local signs=$small/config/gp need=4
	google_sign_in sign-in
	export XDG_CONFIG_HOME=$small/config
	login_ready() { auth_ready; }
	login_whole() {
		auth_whole | jq -Rc 'fromjson? // . | if type == "object" then .refresh_token |= length | .signed_in |= (. > 1000) else . end'
	}
	passes 2 10 login
}
