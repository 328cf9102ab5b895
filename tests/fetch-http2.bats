#!/usr/bin/env bats
# gp-fetch over HTTP/2, as Google speaks it: nginx stands before the stand-in.
# Streams of one connection fail in other ways than connections do.
# builds: san
bats_require_minimum_version 1.5.0
load helper

setup_file() {
	local n
	google_start
	export NGINX=$BATS_FILE_TMPDIR/nginx
	mkdir "$NGINX"
	for n in 1 2 3; do ! nginx_start "${GP_TEST_MEDIA#https://}" || return 0; done
	fail "nginx did not start: $(cat "$NGINX/errors" "$NGINX/output")"
}

# nginx_start MEDIA: before the media host, at a port that the system names and that
# somebody may take before nginx does: then 1
nginx_start() {
	local media=$1
	PORT=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.2", 0)); print(s.getsockname()[1])')
	export PORT
	cat >"$NGINX/conf" <<-END
		pid $NGINX/pid;
		error_log $NGINX/errors;
		worker_processes 1;
		daemon off;
		$([ "$(id -u)" -ne 0 ] || echo 'user root;')
		events { worker_connections 256; }
		http {
			log_format short '\$server_protocol \$connection \$status';
			access_log $NGINX/log short;
			client_body_temp_path $NGINX/t1; proxy_temp_path $NGINX/t2;
			fastcgi_temp_path $NGINX/t3; uwsgi_temp_path $NGINX/t4; scgi_temp_path $NGINX/t5;
			server {
				listen 127.0.0.2:$PORT ssl http2;
				ssl_certificate $TESTS/services/tls/server.pem;
				ssl_certificate_key $TESTS/services/tls/server.key;
				location / {
					proxy_pass https://$media;
					proxy_http_version 1.1;
					proxy_set_header Host $media;
					proxy_buffering off;
				}
			}
		}
	END
	nginx -c "$NGINX/conf" -p "$NGINX" 2>"$NGINX/output" 3>&- &
	echo $! >"$NGINX/started"
	wait_for answered
	kill -0 "$(cat "$NGINX/started")"
}

answered() {
	! kill -0 "$(cat "$NGINX/started")" 2>/dev/null ||
		curl -s -o "$NGINX/probe" --cacert "$GP_CA_FILE" "https://127.0.0.2:$PORT/"
}

teardown_file() {
	kill "$(cat "$NGINX/started")" 2>/dev/null || true
	google_stop
}

# the photos of the album, their links leading to nginx; its log is empty
setup() {
	common_setup
	cd "$BATS_TEST_TMPDIR" || return 1
	gp-list "album:Ezra Backup" | gp-index --new |
		jq -c --arg port ":$PORT/" '.url |= sub(":[0-9]+/"; $port)' >list
	: >"$NGINX/log"
}

# all_whole: every photo is there, byte for byte
all_whole() {
	jq -r '[.filename, .file] | @tsv' out | while IFS=$'\t' read -r name file; do
		cmp "$DATA/album/$name" "$file" || return 1
	done
	same "$(wc -l <list)" "$(jq -r .file out | grep -c staging)"
}

@test "gp-fetch: HTTP/2, the files share connections" {
	gp-fetch <list >out
	all_whole
	same HTTP/2.0 "$(cut -d' ' -f1 "$NGINX/log" | sort -u)"
	# a connection for each of its threads at most, not one for each file
	[ "$(cut -d' ' -f2 "$NGINX/log" | sort -u | wc -l)" -le 2 ]
}

@test "gp-fetch: HTTP/2, a stream that breaks off resumes and the others go on" {
	google_set cut=9000:4
	gp-fetch <list >out
	all_whole
	same HTTP/2.0 "$(cut -d' ' -f1 "$NGINX/log" | sort -u)"
	[ "$(wc -l <"$NGINX/log")" -gt "$(wc -l <list)" ]
}

@test "gp-fetch: HTTP/2, a busy server is asked again" {
	google_set media_fail=503:3
	gp-fetch <list >out
	all_whole
}

@test "gp-fetch: HTTP/2, a server that goes away in the middle is found again" {
	# the second, a big one, has been asked for, and would take long to come
	jq -cs 'map(select(.filename | IN("Screenshot_0004.png", "IMG_0002.jpg"))) | sort_by(.filename) | reverse[]' list >two
	mv two list
	google_set rate=2000
	gp-fetch -j 1 <list >out 2>err 3>&- &
	begun() { [ "$(google_log '[.[] | select(.kind == "media")] | length')" -eq 2 ]; }
	wait_for begun
	# what is asked for from now on comes at once
	google_set rate=
	# its worker dies, and its master starts another
	kill -KILL "$(pgrep -P "$(cat "$NGINX/started")")"
	wait -n
	all_whole
	same 3 "$(google_log '[.[] | select(.kind == "media")] | length')"
}
