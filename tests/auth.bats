#!/usr/bin/env bats
# gp-auth: signing in, tokens, and secrets that stay where they belong.
# builds: san
bats_require_minimum_version 1.5.0
load helper

PICKER=https://www.googleapis.com/auth/photospicker.mediaitems.readonly
LIBRARY=https://www.googleapis.com/auth/photoslibrary.readonly.appcreateddata
CLIENT_SECRET=GOCSPX-not-really-a-secret

setup_file() {
	export OAUTH=$BATS_FILE_TMPDIR/oauth
	mkdir "$OAUTH"
	"${REAL_CLOCK[@]}" python3 "$TESTS/sign-in.py" "$OAUTH" >"$OAUTH/output" 2>&1 3>&- &
	export OAUTH_PID=$!
	started "$OAUTH_PID" "$OAUTH/env"
}

teardown_file() {
	kill "$OAUTH_PID"
	wait "$OAUTH_PID" 2>/dev/null || true
}

setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	rm -f "$OAUTH/mode" "$OAUTH/log"
	set -a
	# shellcheck disable=SC1091 # written by the server when it starts
	. "$OAUTH/env"
	set +a
	export XDG_CONFIG_HOME=$BATS_TEST_TMPDIR/config
	KEPT=$XDG_CONFIG_HOME/gp/default.token.json
	LOGIN=
}

teardown() {
	[ -z "$LOGIN" ] || kill "$LOGIN" 2>/dev/null || true
	common_teardown
}

# --- the server: switches and its log ----------------------------------------

# oauth WORD...: how it behaves from now on
oauth() {
	echo "$*" >"$OAUTH/mode"
}

# asked FILTER: what it was asked at /token and /revoke, by a jq filter
asked() {
	[ ! -e "$OAUTH/log" ] || jq -rc "$1" "$OAUTH/log"
}

forms() {
	asked "select(.form.grant_type == \"$1\").form"
}

# --- the person ---------------------------------------------------------------

# Writes client_secret.json as Google hands it out.
client() {
	jq -n --arg s "$CLIENT_SECRET" '{installed: {
		client_id: "gp-tests.apps.googleusercontent.com", project_id: "gp",
		auth_uri: "https://accounts.google.com/o/oauth2/auth",
		token_uri: "https://oauth2.googleapis.com/token",
		client_secret: $s, redirect_uris: ["http://localhost"]}}' >client
}

# begin [ARGUMENT...]: starts gp-auth login and waits for its link
begin() {
	client
	: >typed
	rm -f err # the next one must not read the last one's link
	gp-auth login --client client "$@" >out 2>err <typed 3>&- &
	LOGIN=$!
	await_link
}

await_link() {
	wait_for grep -qs '^http' err
	LINK=$(grep -m1 '^http' err)
	BACK=$(query "$LINK" redirect_uri)
	STATE=$(query "$LINK" state)
}

# query URL NAME: the decoded value of a parameter
query() {
	python3 -c 'import sys, urllib.parse as u
print(u.parse_qs(u.urlsplit(sys.argv[1]).query)[sys.argv[2]][0])' "$1" "$2"
}

# Goes through Google's pages with the link; prints the last address, which a
# browser would open next.
consent() {
	curl -s -o /dev/null -w '%{redirect_url}' "$LINK"
}

# end: waits for gp-auth login; its exit code in $status, stderr in $stderr
end() {
	status=0
	wait "$LOGIN" || status=$?
	LOGIN=
	stderr=$(cat err)
}

# signed_in [ARGUMENT...]: a whole sign-in
signed_in() {
	begin "$@"
	curl -s "$(consent)" >page
	end
	[ "$status" -eq 0 ] || fail "$stderr"
}

# kept NAME [VALUE]: a member of the file, or sets it to a JSON value
kept() {
	if [ $# -eq 1 ]; then
		jq -r ".$1" "$KEPT"
	else
		jq ".$1 = $2" "$KEPT" >changed
		install -m 600 changed "$KEPT"
	fi
}

# In N seconds from now
ahead() {
	echo $(($(date +%s) + $1))
}

@test "gp-auth: a mistake on the command line is exit 2 with the usage" {
	for args in "" "nonsense" "token token" "--client x token" "--nonsense" \
		"--account ../x token" "--account a/b status" "--account .. token" \
		"--account -x token"; do
		# shellcheck disable=SC2086 # words
		run --separate-stderr gp-auth $args
		[ "$status" -eq 2 ] || fail "$args: exit $status"
		same "" "$output"
		has "$stderr" "usage: gp-auth"
	done
	GP_ACCOUNT='a b' run --separate-stderr gp-auth token
	[ "$status" -eq 2 ]
	[ ! -e "$XDG_CONFIG_HOME" ]
}

@test "gp-auth: not signed in is exit 3 and names the command, with the account" {
	for command in token status; do
		run --separate-stderr gp-auth --account anna@example.org "$command"
		[ "$status" -eq 3 ]
		same "" "$output"
		same "gp-auth: account anna@example.org is not signed in; run: gp-auth login --account anna@example.org" "$stderr"
	done
	GP_ACCOUNT=ben run --separate-stderr gp-auth token
	[ "$status" -eq 3 ]
	has "$stderr" "gp-auth login --account ben"
}

@test "login: without a client it says how to get one" {
	run --separate-stderr gp-auth login
	[ "$status" -eq 2 ]
	has "$stderr" "https://console.cloud.google.com/auth/clients"
	has "$stderr" "Desktop app"
	has "$stderr" "gp-auth login --client FILE"
}

@test "login: a web client, a service account, other JSON, no JSON: what to create instead" {
	echo '{"web":{"client_id":"i","client_secret":"s"}}' >web
	echo '{"type":"service_account","private_key":"p"}' >service
	echo '{"installed":{"client_id":"i"}}' >half
	echo '{"other":1}' >other
	echo 'client' >text
	: >empty
	# what a lax parser takes for JSON
	echo "{'installed':{'client_id':'i','client_secret':'s'}}" >quotes
	echo '{"installed":{"client_id":"i","client_secret":"s","x":NaN}}' >number
	for f in web service half other text empty quotes number; do
		run --separate-stderr gp-auth login --client "$f"
		[ "$status" -eq 2 ] || fail "$f: exit $status"
		has "$stderr" "Desktop app"
		has "$stderr" "gp-auth: $f: "
	done
	run --separate-stderr gp-auth login --client web
	has "$stderr" "a client for a web application"
	run --separate-stderr gp-auth login --client service
	has "$stderr" "service account"
	run --separate-stderr gp-auth login --client nowhere
	[ "$status" -eq 2 ]
	has "$stderr" "nowhere: No such file or directory"
}

@test "login: plain http to elsewhere than this machine is refused" {
	client
	GP_TOKEN_URL=http://example.com/token run --separate-stderr gp-auth login --client client
	[ "$status" -eq 2 ]
	has "$stderr" "GP_TOKEN_URL: http://example.com/token: must be an https address"
	GP_AUTH_URL=http://example.com/auth run --separate-stderr gp-auth login --client client
	[ "$status" -eq 2 ]
	has "$stderr" "GP_AUTH_URL"
}

@test "login: link, redirect, tokens, and a file that is ours alone" {
	begin
	same "gp-tests.apps.googleusercontent.com" "$(query "$LINK" client_id)"
	same "code" "$(query "$LINK" response_type)"
	same "$PICKER $LIBRARY" "$(query "$LINK" scope)"
	same "offline" "$(query "$LINK" access_type)"
	same "consent" "$(query "$LINK" prompt)"
	same "S256" "$(query "$LINK" code_challenge_method)"
	[[ $BACK =~ ^http://127\.0\.0\.1:[0-9]+$ ]]
	has_not "$LINK" "$CLIENT_SECRET"
	page=$(curl -s "$(consent)")
	end
	[ "$status" -eq 0 ]
	has "$page" "You can close this window"
	has "$stderr" "account default is signed in"
	same "" "$(cat out)"
	same "600" "$(stat -c %a "$KEPT")"
	same "700" "$(stat -c %a "$XDG_CONFIG_HOME/gp")"
	same "$CLIENT_SECRET" "$(kept client_secret)"
	run --separate-stderr frozen "@$(($(kept access_expires) - 3500))" gp-auth token
	[ "$status" -eq 0 ]
	same "" "$stderr"
	same "$(kept access_token)" "$output"
	same 0 "$(forms refresh_token | wc -l)"
}

@test "login: PKCE: the verifier that is sent is the one that was promised" {
	signed_in
	first=$(query "$LINK" code_challenge)
	verifier=$(forms authorization_code | tail -n 1 | jq -r .code_verifier)
	[[ $verifier =~ ^[A-Za-z0-9_-]{43}$ ]]
	same "$first" "$(printf %s "$verifier" | openssl dgst -sha256 -binary |
		base64 | tr '+/' '-_' | tr -d '=')"
	state=$STATE
	[[ $state =~ ^[A-Za-z0-9_-]{43}$ ]]
	signed_in
	[ "$(query "$LINK" code_challenge)" != "$first" ]
	[ "$STATE" != "$state" ]
	[ "$verifier" != "$state" ]
}

@test "login: an answer with another state, or none, is refused and the right one still counts" {
	begin
	right=$(consent)
	for state in wrong "${STATE%?}" "${STATE}x" "$(tr A-Za-z a-zA-Z <<<"$STATE")" ''; do
		same 400 "$(curl -s -o page -w '%{http_code}' -G "$BACK/" -d code=4/x --data-urlencode "state=$state")" "$state"
		has "$(cat page)" "does not belong"
	done
	same 400 "$(curl -s -o page -w '%{http_code}' "$BACK/?code=4/x")"
	same 0 "$(forms authorization_code | wc -l)"
	[ ! -e "$KEPT" ]
	same 200 "$(curl -s -o page -w '%{http_code}' "$right")"
	end
	[ "$status" -eq 0 ]
	same 6 "$(grep -c 'state differs' err)"
}

@test "login: favicons, other paths and methods, noise and idle connections do not matter" {
	begin
	port=${BACK##*:}
	same 404 "$(curl -s -o page -w '%{http_code}' "$BACK/favicon.ico")"
	same 404 "$(curl -s -o page -w '%{http_code}' "$BACK/")"
	same 404 "$(curl -s -o page -w '%{http_code}' "$BACK/other?code=4/x&state=$STATE")"
	same 404 "$(curl -s -o page -w '%{http_code}' "$BACK/?state=$STATE")"
	same 400 "$(curl -s -o page -w '%{http_code}' -d x "$BACK/?code=4/x&state=$STATE")"
	python3 - "$port" <<-'X'
		import socket, sys
		port = int(sys.argv[1])
		def talk(data):
		    s = socket.create_connection(("127.0.0.1", port))
		    try:
		        s.sendall(data)
		        s.shutdown(socket.SHUT_WR)
		        while s.recv(4096):
		            pass
		    except OSError:
		        pass
		talk(b"\0" * 100 + b"\r\n\r\n")
		talk(b"GET " + b"/" * 100000)
		talk(b"GET / SPDY\r\n\r\n")
		talk(b"GET /?code=\0 HTTP/1.1\r\n\r\n")
		talk(b"")
	X
	# browsers open connections that they do not use
	exec {idle}<>"/dev/tcp/127.0.0.1/$port"
	fds=("$idle")
	for _ in {1..20}; do
		exec {idle}<>"/dev/tcp/127.0.0.1/$port"
		fds+=("$idle")
	done
	curl -s "$(consent)" >page
	end
	for fd in "${fds[@]}"; do
		exec {fd}>&-
	done
	[ "$status" -eq 0 ]
	has "$(cat page)" "You can close this window"
}

@test "login: it listens on this machine alone, and no more once it is done" {
	begin
	# of its own sockets, that it listens at
	find "/proc/$LOGIN/fd" -printf '%l\n' | sed -n 's/^socket:\[\(.*\)\]$/\1/p' >sockets
	# the table comes in pieces: of what changes meanwhile a row comes twice, or not
	listens() {
		[ "$(printf '0100007F:%04X' "${BACK##*:}")" = \
			"$(awk 'NR == FNR { own[$1]; next } $4 == "0A" && $10 in own { print $2 }' sockets /proc/net/tcp | sort -u)" ]
	}
	wait_for listens
	[ ! -e /proc/net/tcp6 ] ||
		same "" "$(awk 'NR == FNR { own[$1]; next } $4 == "0A" && $10 in own' sockets /proc/net/tcp6)"
	curl -s "$(consent)" >page
	end
	for table in /proc/net/tcp*; do
		same "" "$(awk 'NR == FNR { own[$1]; next } $4 == "0A" && $10 in own' sockets "$table")"
	done
}

@test "login: the address pasted from a browser elsewhere will do" {
	client
	mkfifo pipe
	gp-auth login --client client >out 2>err <pipe 3>&- &
	LOGIN=$!
	exec {typed}>pipe
	await_link
	printf 'what?\n\n' >&"$typed"
	wait_for grep -q 'that is not the address' err
	printf '%s/?state=wrong&code=4/x\n' "$BACK" >&"$typed"
	wait_for grep -q 'state differs' err
	[ ! -e "$KEPT" ]
	printf '  "%s"  \n' "$(consent)" >&"$typed"
	end
	exec {typed}>&-
	[ "$status" -eq 0 ]
	gp-auth token
}

@test "login: a pasted address without an end of line counts too" {
	client
	mkfifo pipe
	gp-auth login --client client >out 2>err <pipe 3>&- &
	LOGIN=$!
	exec {typed}>pipe
	await_link
	printf '%s' "$(consent)" >&"$typed"
	exec {typed}>&-
	end
	[ "$status" -eq 0 ]
}

@test "login: without a screen it explains ssh -L, with the right port and host" {
	SSH_CONNECTION="192.0.2.7 50000 192.0.2.1 22" begin
	port=${BACK##*:}
	has "$(cat err)" "ssh -N -L $port:127.0.0.1:$port $(id -un)@192.0.2.1"
	has "$(cat err)" "paste its address"
	kill "$LOGIN"
	unset SSH_CONNECTION
	begin
	port=${BACK##*:}
	has "$(cat err)" "ssh -N -L $port:127.0.0.1:$port $(id -un)@$(uname -n)"
}

@test "login: a browser is opened where there is a screen, with the link alone" {
	mkdir tools
	cat >tools/xdg-open <<-X
		#!/bin/sh
		printf '%s\n' "\$#" "\$1" >"$PWD/opened"
		curl -sL "\$1" >"$PWD/page"
	X
	chmod +x tools/xdg-open
	PATH=$PWD/tools:$PATH DISPLAY=:7 begin
	end
	[ "$status" -eq 0 ]
	same "1
$LINK" "$(cat opened)"
	has_not "$stderr" "ssh -N"
	wait_for grep -q "close this window" page
	rm opened
	PATH=$PWD/tools:$PATH begin # no screen
	curl -s "$(consent)" >page
	end
	[ "$status" -eq 0 ]
	[ ! -e opened ]
}

@test "login: refused on Google's page is exit 3 in plain words, and keeps what was" {
	signed_in
	cp "$KEPT" before
	oauth deny
	begin
	page=$(curl -s "$(consent)")
	end
	[ "$status" -eq 3 ]
	has "$stderr" "the permission was refused on Google's page"
	has "$page" "gp is not signed in"
	has_not "$page" "close this window"
	cmp before "$KEPT"
}

@test "login: a scope that was not granted is named; one is enough, none is not" {
	oauth scope=photospicker
	begin
	curl -s "$(consent)" >page
	end
	[ "$status" -eq 0 ]
	has "$stderr" "not granted: $LIBRARY"
	has_not "$stderr" "not granted: $PICKER"
	run gp-auth status
	has "$output" "scope: NOT GRANTED: $LIBRARY"
	has "$output" "scope: $PICKER"
	oauth scope=nothing
	begin --account other
	page=$(curl -s "$(consent)")
	end
	[ "$status" -eq 3 ]
	has "$stderr" "no permission was granted"
	has_not "$page" "close this window"
	[ ! -e "$XDG_CONFIG_HOME/gp/other.token.json" ]
}

@test "login: a consent screen left in Testing is said with its date, and how to mend it" {
	oauth testing
	signed_in
	when=$(date -d "@$(kept signin_expires)" '+%Y-%m-%d %H:%M')
	near "@$(($(kept signin_expires) - 7 * 86400))"
	has "$stderr" "this sign-in ends on $when"
	has "$stderr" "Publish app"
	run --separate-stderr gp-auth status
	[ "$status" -eq 0 ]
	has "$output" "sign-in: ENDS on $when"
	has "$output" "Publish app"
	same "" "$stderr"
	# the date passes
	kept signin_expires "$(ahead -86400)"
	run --separate-stderr gp-auth status
	[ "$status" -eq 3 ]
	has "$output" "sign-in: ENDED on"
	has "$output" "run: gp-auth login --account default"
}

@test "login: once more takes the client it had; a published one drops the warning" {
	oauth testing
	signed_in
	oauth
	: >typed
	rm -f err
	gp-auth login >out 2>err <typed 3>&- &
	LOGIN=$!
	await_link
	curl -s "$(consent)" >page
	end
	[ "$status" -eq 0 ]
	same 0 "$(kept signin_expires)"
	run gp-auth status
	has_not "$output" "Testing"
	has "$output" "no end known"
}

@test "login: client_secret.json in gp's folder needs no option" {
	client
	mkdir -p "$XDG_CONFIG_HOME/gp"
	cp client "$XDG_CONFIG_HOME/gp/client_secret.json"
	gp-auth login >out 2>err </dev/null 3>&- &
	LOGIN=$!
	await_link
	curl -s "$(consent)" >page
	end
	[ "$status" -eq 0 ]
}

@test "login: one file an account, and below HOME without XDG_CONFIG_HOME" {
	signed_in
	GP_ACCOUNT=anna signed_in
	signed_in --account ben@example.org
	[ -e "$XDG_CONFIG_HOME/gp/anna.token.json" ]
	[ -e "$XDG_CONFIG_HOME/gp/ben@example.org.token.json" ]
	same 3 "$({ gp-auth token; gp-auth --account anna token; GP_ACCOUNT=ben@example.org gp-auth token; } | sort -u | wc -l)"
	unset XDG_CONFIG_HOME
	signed_in
	same 600 "$(stat -c %a "$HOME/.config/gp/default.token.json")"
}

@test "token: kept while five minutes are left, renewed when there are less" {
	signed_in
	old=$(kept access_token)
	now=$(date +%s)
	kept access_expires $((now + 301))
	same "$old" "$(frozen "@$now" gp-auth token)"
	same 0 "$(forms refresh_token | wc -l)"
	kept access_expires $((now + 299))
	new=$(frozen "@$now" gp-auth token)
	[ "$new" != "$old" ]
	same 1 "$(forms refresh_token | wc -l)"
	same "$new" "$(frozen "@$now" gp-auth token)"
	same 1 "$(forms refresh_token | wc -l)"
	same "$(kept refresh_token)" "$(forms refresh_token | jq -r .refresh_token)"
	same "600" "$(stat -c %a "$KEPT")"
	near "@$(($(kept access_expires) - 3600))"
}

@test "token: five tools at once renew once, and all get the new one" {
	oauth slow
	signed_in
	kept access_expires 0
	pids=()
	for n in {1..5}; do
		gp-auth token >"token.$n" 3>&- &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	same 1 "$(forms refresh_token | wc -l)"
	same "$(kept access_token)" "$(cat token.* | sort -u)"
}

@test "token: one that Google refused is renewed early, once for all" {
	signed_in
	# a clock may be set meanwhile
	kept access_expires "$(ahead 86400)"
	old=$(gp-auth token)
	refused=$(printf %s "$old" | sha256sum | cut -c1-64)
	new=$(GP_TOKEN_REFUSED=$refused gp-auth token)
	[ "$new" != "$old" ]
	same "$new" "$(GP_TOKEN_REFUSED=$refused gp-auth token)"
	same 1 "$(forms refresh_token | wc -l)"
	same "$new" "$(GP_TOKEN_REFUSED=nonsense gp-auth token)"
}

@test "token: a sign-in that is dead is exit 3 with the command to run" {
	signed_in --account anna
	KEPT=$XDG_CONFIG_HOME/gp/anna.token.json
	kept access_expires 0
	oauth invalid_grant
	run --separate-stderr gp-auth --account anna token
	[ "$status" -eq 3 ]
	same "" "$output"
	has "$stderr" "run: gp-auth login --account anna"
	same 1 "$(forms refresh_token | wc -l)" "never tried twice"
	oauth invalid_client
	run --separate-stderr gp-auth --account anna token
	[ "$status" -eq 3 ]
	has "$stderr" "gp-auth login --account anna --client FILE"
	oauth
	[ -n "$(gp-auth --account anna token)" ]
}

@test "token: a server in trouble is asked again, then exit 2 with the reason" {
	signed_in
	kept access_expires 0
	oauth 503
	run --separate-stderr gp-auth token
	[ "$status" -eq 2 ]
	same "" "$output"
	has "$stderr" "HTTP 503"
	same 5 "$(asked 'select(.status == 503).path' | wc -l)"
	oauth
	GP_TOKEN_URL=http://127.0.0.1:1/token run --separate-stderr gp-auth token
	[ "$status" -eq 2 ]
	has "$stderr" "no access token: "
	[ -n "$(gp-auth token)" ]
}

@test "token: says when the sign-in ends in less than two days" {
	signed_in
	kept signin_expires "$(ahead 90000)"
	kept access_expires 0
	run --separate-stderr gp-auth token
	[ "$status" -eq 0 ]
	has "$stderr" "the sign-in of account default ends on"
	has "$stderr" "gp-auth login --account default"
	kept signin_expires "$(ahead 300000)"
	kept access_expires 0
	run --separate-stderr gp-auth token
	same "" "$stderr"
}

@test "a file that others may read is refused by every command, with the cure" {
	signed_in
	for mode in 640 604 660 606 620 601; do
		chmod "$mode" "$KEPT"
		for command in token status revoke login; do
			run --separate-stderr gp-auth "$command"
			[ "$status" -eq 2 ] || fail "$command, $mode: exit $status"
			same "" "$output"
			has "$stderr" "refused: others may read this sign-in (mode $mode)"
			has "$stderr" "chmod 600 '$KEPT'"
		done
	done
	chmod 600 "$KEPT"
	gp-auth token
}

@test "a link, a folder in the file's place, a folder that others may write: refused" {
	signed_in
	mv "$KEPT" elsewhere
	ln -s "$PWD/elsewhere" "$KEPT"
	run --separate-stderr gp-auth token
	[ "$status" -eq 2 ]
	has "$stderr" "it is a link"
	rm "$KEPT"
	mkdir "$KEPT"
	chmod 700 "$KEPT"
	run --separate-stderr gp-auth token
	[ "$status" -eq 2 ]
	has "$stderr" "not a regular file"
	rmdir "$KEPT"
	mv elsewhere "$KEPT"
	chmod 770 "$XDG_CONFIG_HOME/gp"
	run --separate-stderr gp-auth token
	[ "$status" -eq 2 ]
	has "$stderr" "others may write to this folder"
}

@test "a file or folder of another user is refused" {
	[ "$(id -u)" -eq 0 ] || skip "needs root"
	signed_in
	chown 12345 "$KEPT"
	run --separate-stderr gp-auth token
	[ "$status" -eq 2 ]
	has "$stderr" "belongs to another user (uid 12345)"
	chown 0 "$KEPT"
	chown 12345 "$XDG_CONFIG_HOME/gp"
	run --separate-stderr gp-auth token
	[ "$status" -eq 2 ]
	has "$stderr" "belongs to another user (uid 12345)"
}

@test "a damaged file is exit 3 and leads to a new sign-in" {
	signed_in
	cp "$KEPT" whole
	for damage in '' '{' '{}' '[]' 'null' "$(head -c 50 whole)" "$(jq 'del(.refresh_token)' whole)" "$(jq '.access_expires = "soon"' whole)" \
		"$(jq -c . whole | sed 's/}$/,"x":NaN}/')" "$(jq -c . whole | tr '"' "'")"; do
		printf '%s' "$damage" >"$KEPT"
		run --separate-stderr gp-auth token
		[ "$status" -eq 3 ] || fail "$damage: exit $status"
		has "$stderr" "$KEPT: damaged"
		has "$stderr" "run: gp-auth login --account default"
	done
	head -c 100000 /dev/zero >"$KEPT"
	run --separate-stderr gp-auth token
	[ "$status" -eq 3 ]
	signed_in
	gp-auth token
}

@test "killed anywhere in a refresh: the old sign-in or the new, and no scraps" {
	signed_in
	cp -a "$KEPT" old
	killed=0
	for call in openat write fsync rename,renameat,renameat2; do
		only=()
		[ "$call" != openat ] || only=(-P "$XDG_CONFIG_HOME/gp")
		for n in {1..40}; do
			cp -a old "$KEPT"
			kept access_expires 0
			status=0
			ASAN_OPTIONS=$NO_LEAKS strace -f -o /dev/null "${only[@]}" \
				-e trace="$call" -e inject="$call:signal=KILL:when=$n" \
				gp-auth token >/dev/null 2>&1 || status=$?
			[ "$status" -ne 0 ] || break
			[ "$status" -eq 137 ]
			killed=$((killed + 1))
			jq -e .refresh_token "$KEPT" >/dev/null
			same 600 "$(stat -c %a "$KEPT")"
			[ -n "$(gp-auth token)" ]
		done
		[ "$n" -lt 40 ]
	done
	[ "$killed" -ge 8 ]
	same "default.lock default.token.json" "$(cd "$XDG_CONFIG_HOME/gp" && echo *)"
}

@test "a full disk while renewing: said, exit 2, the old sign-in stays" {
	signed_in
	kept access_expires 0
	cp "$KEPT" old
	for call in write fsync rename,renameat; do
		run --separate-stderr env ASAN_OPTIONS="$NO_LEAKS" \
			strace -f -o /dev/null -e trace="$call" \
			-e inject="$call:error=ENOSPC:when=1" gp-auth token
		[ "$status" -eq 2 ] || fail "$call: exit $status"
		same "" "$output"
		has "$stderr" "the sign-in can't be kept: No space left on device"
		cmp old "$KEPT"
	done
	same "default.lock default.token.json" "$(cd "$XDG_CONFIG_HOME/gp" && echo *)"
}

@test "token: an output that can't be written is exit 2" {
	signed_in
	run --separate-stderr bash -c 'gp-auth token >/dev/full'
	[ "$status" -eq 2 ]
	has "$stderr" "standard output"
}

@test "status: account, client, scopes and times, without asking anybody" {
	signed_in --account anna
	before=$(asked .path | wc -l)
	run --separate-stderr gp-auth --account anna status
	[ "$status" -eq 0 ]
	same "" "$stderr"
	file=$XDG_CONFIG_HOME/gp/anna.token.json
	day=$(date -d "@$(jq .access_expires "$file")" '+%Y-%m-%d %H:%M UTC')
	since=$(date -d "@$(jq .signed_in "$file")" '+%Y-%m-%d %H:%M UTC')
	same "account: anna
client: gp-tests.apps.googleusercontent.com
scope: $PICKER: photos that you pick (picker:)
scope: $LIBRARY: albums that your own app filled (library:, album:TITLE, ALBUM_ID)
access token: until $day, then renewed by itself
signed in: $since
sign-in: no end known; dies if unused for six months or revoked" "$output"
	same "$before" "$(asked .path | wc -l)"
}

@test "revoke: tells Google, then removes the file; a dead sign-in too" {
	signed_in
	refresh=$(kept refresh_token)
	cp -a "$KEPT" copy
	run --separate-stderr gp-auth revoke
	[ "$status" -eq 0 ]
	has "$stderr" "account default is signed out"
	same "$refresh" "$(asked 'select(.path == "/revoke").form.token')"
	[ ! -e "$KEPT" ]
	cp -a copy "$KEPT"
	run --separate-stderr gp-auth revoke
	[ "$status" -eq 0 ]
	[ ! -e "$KEPT" ]
	run --separate-stderr gp-auth revoke
	[ "$status" -eq 0 ]
	has "$stderr" "not signed in"
	run --separate-stderr gp-auth token
	[ "$status" -eq 3 ]
}

@test "revoke: when Google can't be told, the file stays and it is exit 2" {
	signed_in
	oauth 503
	run --separate-stderr gp-auth revoke
	[ "$status" -eq 2 ]
	has "$stderr" "not revoked, the sign-in is still kept"
	[ -e "$KEPT" ]
}

@test "no secret on a command line, in an output or a log; no core dump" {
	begin -vv
	same "0 0" "$(awk '/Max core file size/ { print $5, $6 }' "/proc/$LOGIN/limits")"
	tr '\0' ' ' <"/proc/$LOGIN/cmdline" >cmdline
	curl -s "$(consent)" >page
	end
	kept access_expires 0
	gp-auth -vv token >handed 2>>err
	gp-auth -vv status >>err 2>&1
	refresh=$(kept refresh_token)
	oauth invalid_grant
	kept access_expires 0
	gp-auth -vv token >>err 2>&1 || true
	oauth 503
	gp-auth -vv token >>err 2>&1 || true
	oauth
	gp-auth -vv revoke >>err 2>&1
	form=$(forms authorization_code | tail -n 1)
	for secret in "$CLIENT_SECRET" "$refresh" "$(cat handed)" \
		"$(jq -r .code <<<"$form")" "$(jq -r .code_verifier <<<"$form")"; do
		[ "${#secret}" -gt 4 ]
		has_not "$(cat err cmdline out page)" "$secret"
	done
	has "$(cat err)" "asking Google for a new access token"
}

# bats test_tags=unsanitized
@test "the process can't be read by others" {
	has "$(strace -e trace=prctl gp-auth status 2>&1 || true)" "PR_SET_DUMPABLE, SUID_DUMP_DISABLE"
}
