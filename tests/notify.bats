#!/usr/bin/env bats
# gp-notify: every kind of notifier against a real server; once a change of
# state and a daily reminder; what fails is said, and said again later.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper

setup_file() {
	clean_environment
	export SINK=$BATS_FILE_TMPDIR/sink
	mkdir -p "$SINK"
	"${REAL_CLOCK[@]}" python3 "$TESTS/services/sink.py" --dir "$SINK" >"$SINK/output" 2>&1 3>&- 4>&- &
	started $! "$SINK/env" || {
		cat "$SINK/output" >&2
		return 1
	}
}

teardown_file() {
	kill "$(cat "$SINK/pid")"
	wait "$(cat "$SINK/pid")" 2>/dev/null || true
}

setup() {
	common_setup
	PATH=$TESTS/../pipelines:$PATH
	set -a
	# shellcheck disable=SC1091 # written by the server
	. "$SINK/env"
	set +a
	rm -f "$SINK/refuse"
	: >"$SINK/log.ndjson"
}

# log JQ...: of what arrived
log() {
	command jq -r "$@" "$SINK/log.ndjson"
}

# text: of the one mail that arrived, its headers unfolded and its body decoded
text() {
	log .text | python3 -c '
import email, email.policy, sys
m = email.message_from_string(sys.stdin.read(), policy=email.policy.default)
print("From:", m["From"]); print("To:", m["To"]); print("Subject:", m["Subject"])
print("Date:", "yes" if m["Date"] else "no"); print(); print(m.get_content(), end="")'
}

@test "gp-notify: mail by sendmail" {
	cat >"$HOME/.msmtprc" <<-END
		account default
		host 127.0.0.1
		port ${SINK_SMTP##*:}
		from nas@example.org
	END
	chmod 600 "$HOME/.msmtprc"
	[ -x /usr/sbin/sendmail ]
	export GP_NOTIFY=mail:a@example.org
	printf 'Großes Album\n.\nlast line\n' | gp-notify ok "Downloaded 47 new photos – großartig, und der Betreff ist sehr lang geworden"
	same "a@example.org" "$(log '.to[]')"
	same "nas@example.org" "$(log .sender)"
	has "$(text)" "Subject: Downloaded 47 new photos – großartig, und der Betreff ist sehr lang geworden"
	has "$(text)" "Date: yes

Großes Album
.
last line"
}

@test "gp-notify: mail by SMTP, from another address" {
	export GP_NOTIFY="smtp:$SINK_SMTP a@example.org nas@example.org"
	printf 'one\n.\ntwo\n' | gp-notify warning "A photo is missing"
	same "nas@example.org a@example.org" "$(log '"\(.sender) \(.to[])"')"
	has "$(text)" "From: nas@example.org
To: a@example.org
Subject: A photo is missing"
	has "$(text)" "one
.
two"
}

@test "gp-notify: ntfy and a webhook, over TLS" {
	export GP_NOTIFY="ntfy:$SINK_HTTPS/secret-topic
webhook:$SINK_HTTPS/hook?key=\"q\\uote"
	echo "the text" | gp-notify --about ezra person "Insert disc EZRA-0001"
	same "/secret-topic the text Insert disc EZRA-0001 high" \
		"$(log 'select(.path | test("topic")) | .path + " " + (.body | rtrimstr("\n")) + " " + .headers.Title + " " + .headers.Priority')"
	same '{"state":"person","about":"ezra","subject":"Insert disc EZRA-0001","text":"the text\n"}' \
		"$(log -c 'select(.path | test("hook")) | .body | fromjson')"
	same '/hook?key="q\uote' "$(log 'select(.path | test("hook")) | .path')"
}

@test "gp-notify: a mail and Gotify by files of settings that nobody else may read" {
	cd "$BATS_TEST_TMPDIR"
	printf 'url = "%s"\nmail-from = nas@example.org\n  mail-rcpt="a@example.org"\n' "$SINK_SMTP" >smtp
	printf 'url = "%s/message"\nheader = "X-Gotify-Key: secret"\n' "$SINK_HTTPS" >gotify
	chmod 644 smtp gotify
	export GP_NOTIFY="smtp:$PWD/smtp
gotify:$PWD/gotify"
	run -1 gp-notify failed "all is lost" <<<"the text"
	has "$output" "smtp:$PWD/smtp: not told: $PWD/smtp may hold secrets, and others may use it: chmod 600 $PWD/smtp"
	has "$output" "gotify:$PWD/gotify: not told: $PWD/gotify may hold secrets"
	same "" "$(log .path)"
	chmod 600 smtp gotify
	gp-notify failed "all is lost" <<<"the text"
	same "nas@example.org a@example.org" "$(log 'select(.to) | "\(.sender) \(.to[])"')"
	same '/message secret {"title":"all is lost","message":"the text' \
		"$(log -c 'select(.to | not) | "\(.path) \(.headers["X-Gotify-Key"]) \(.body | fromjson | {title, message: .message[:8]} | tojson | rtrimstr("\"}"))"')"
	same 8 "$(log 'select(.to | not) | .body | fromjson.priority')"
	rm gotify
	run -1 gp-notify ok <<<"x"
	has "$output" "$PWD/gotify is no file that you can read"
}

@test "gp-notify: the dead-man's switch hears of the start and of every end" {
	export GP_NOTIFY="ping:$SINK_HTTP/uuid"
	for state in start ok start failed start failed start warning start person; do
		echo text | gp-notify "$state"
	done
	same "/uuid/start /uuid /uuid/start /uuid/fail /uuid/start /uuid/fail /uuid/start /uuid /uuid/start /uuid" \
		"$(log .path | paste -sd' ')"
}

@test "gp-notify: once a change of state, and a reminder a day, for each album" {
	export GP_NOTIFY="webhook:$SINK_HTTP/hook"
	for hour in 0 1 2 23; do
		echo x | faketime -f "@2026-10-04 0$((hour % 10)):00:00" gp-notify failed
	done
	same 1 "$(log .path | wc -l)"
	echo x | faketime "2026-10-04 04:00:00" gp-notify --about b failed
	same 2 "$(log .path | wc -l)"
	echo x | faketime "2026-10-04 05:00:00" gp-notify ok
	same 3 "$(log .path | wc -l)"
	echo x | faketime "2026-10-04 06:00:00" gp-notify failed
	same 4 "$(log .path | wc -l)"
	echo x | faketime "2026-10-05 04:59:00" gp-notify failed
	same 4 "$(log .path | wc -l)"
	echo x | faketime "2026-10-05 05:59:00" gp-notify failed
	same 5 "$(log .path | wc -l)"
	# nobody is told of a start
	echo x | gp-notify start
	same 5 "$(log .path | wc -l)"
}

@test "gp-notify: who can't be told is said now and to the others later, secrets hidden" {
	export GP_NOTIFY="webhook:$SINK_HTTP/secret-path?secret
ntfy:https://127.0.0.1:1/secret"
	touch "$SINK/refuse"
	run -1 gp-notify failed "all is lost" <<<"x"
	has "$output" "webhook:$SINK_HTTP/...: not told: curl: (22)"
	has "$output" "ntfy:https://127.0.0.1:1/...: not told: curl: (7)"
	[[ $output != *secret* ]]
	rm "$SINK/refuse"
	# not remembered as told
	run -1 gp-notify failed "all is lost" <<<"x"
	has "$(log '.body | fromjson.text')" "These notices could not be delivered before:"
	has "$(log '.body | fromjson.text')" "webhook:$SINK_HTTP/...: not told"
	[[ $(log .body) != *secret* ]]
	: >"$SINK/log.ndjson"
	export GP_NOTIFY="webhook:$SINK_HTTP/other"
	gp-notify ok <<<"x"
	has "$(log '.body | fromjson.text')" "127.0.0.1:1/...: not told"
	: >"$SINK/log.ndjson"
	gp-notify failed <<<"x"
	same x "$(log '.body | fromjson.text')"
}

@test "gp-notify: no secret on a command line" {
	export GP_NOTIFY="webhook:$SINK_HTTP/secret-path"
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\nfor a; do printf "%%s\\n" "$a"; done >>"%s/args"\nexec %s "$@"\n' \
		"$BATS_TEST_TMPDIR" "$(command -v curl)" >"$BATS_TEST_TMPDIR/bin/curl"
	chmod +x "$BATS_TEST_TMPDIR/bin/curl"
	PATH=$BATS_TEST_TMPDIR/bin:$PATH gp-notify ok <<<"x"
	same /secret-path "$(log .path)"
	[ -s "$BATS_TEST_TMPDIR/args" ]
	! grep secret "$BATS_TEST_TMPDIR/args" || fail "a secret on a command line"
}

@test "gp-notify: a subject makes no headers of its own; what sendmail says is said" {
	export GP_NOTIFY="smtp:$SINK_SMTP a@example.org
ntfy:$SINK_HTTP/t"
	gp-notify ok $'one\r\nBcc: b@example.org\r\n\r\nbody' <<<"x"
	same a@example.org "$(log 'select(.kind == "mail") | .to[]')"
	has "$(log 'select(.kind == "web") | .headers.Title')" "one Bcc: b@example.org"
	[[ $(log 'select(.kind == "mail") | .text') != *$'\nBcc'* ]]
	export GP_NOTIFY=mail:a@example.org
	run -1 gp-notify failed <<<"x"
	has "$output" "mail:a@example.org: not told: sendmail: "
}

@test "gp-notify: usage; nobody to tell is fine" {
	run -2 gp-notify
	has "$output" "usage: gp-notify"
	run -2 gp-notify splendid
	run -2 gp-notify --loud ok
	has "$output" "unknown option --loud"
	run -0 gp-notify ok <<<"x"
	run -0 gp-notify --help
	has "$output" "usage: gp-notify"
}

@test "gp-notify: a full disk is told, not kept back" {
	[ "$(id -u)" -eq 0 ] || skip "needs to mount a small disk"
	mkdir "$BATS_TEST_TMPDIR/small"
	mount -t tmpfs -o size=1m none "$BATS_TEST_TMPDIR/small" || skip "needs the right to mount"
	head -c 2m /dev/zero >"$BATS_TEST_TMPDIR/small/full" 2>/dev/null || true
	export GP_ARCHIVE=$BATS_TEST_TMPDIR/small GP_NOTIFY=webhook:$SINK_HTTP/x
	run gp-notify failed "the disk is full" <<<"make room"
	umount "$BATS_TEST_TMPDIR/small"
	same 0 "$status"
	same "make room" "$(log '.body | fromjson.text')"
}

@test "gp-notify: under cron's environment a subject is still encoded" {
	export GP_NOTIFY="smtp:$SINK_SMTP a@example.org"
	LC_ALL=C gp-notify ok "für Ezra" <<<"x"
	has "$(log .text)" "Subject: =?UTF-8?B?"
	has "$(text)" "Subject: für Ezra"
}

@test "gp-notify: no secret of an address without a path, or in capitals, is shown" {
	export GP_NOTIFY="webhook:HTTP://127.0.0.1:1/secret-path
webhook:http://127.0.0.1:1?key=secret&x=1"
	run -1 gp-notify failed <<<"x"
	has "$output" "127.0.0.1:1/...: not told"
	has_not "$output" secret
}
