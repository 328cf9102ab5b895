# shellcheck shell=bash
# gp-fetch beside curl -Z, aria2c and rclone copy: the same files from nginx
# over TLS on loopback, each followed by sync. A round runs all four; what
# counts are the ratios within a round.

fetch_serve() {
	local web=$S/web conf=$S/nginx.conf
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
		-days 2 -subj /CN=localhost -addext 'subjectAltName=IP:127.0.0.1' \
		-keyout "$S/web.key" -out "$S/web.pem" 2>/dev/null
	cat >"$conf" <<-END
		pid $S/nginx.pid;
		error_log $S/nginx.err;
		worker_processes 2;
		user root;
		daemon off;
		events { worker_connections 512; }
		http {
			access_log off;
			sendfile on;
			keepalive_requests 100000;
			client_body_temp_path $S/t1; proxy_temp_path $S/t2;
			fastcgi_temp_path $S/t3; uwsgi_temp_path $S/t4; scgi_temp_path $S/t5;
			server {
				listen 127.0.0.1:$PORT ssl http2;
				ssl_certificate $S/web.pem;
				ssl_certificate_key $S/web.key;
				root $web;
				autoindex on;
			}
		}
	END
	[ "$(id -u)" -eq 0 ] || sed -i '/^user/d' "$conf"
	nginx -c "$conf" -p "$S" 2>"$S/nginx.out" &
	SERVER_PID=$!
	curl -s -o /dev/null --retry 50 --retry-connrefused --retry-delay 1 \
		--cacert "$S/web.pem" "https://127.0.0.1:$PORT/"
}

# N files of 2 MB that begin as JPEGs do, no two alike, and the four lists
fetch_files() {
	local n=$1 i url name
	mkdir -p "$S/web"
	: >"$S/records"
	: >"$S/curl.list"
	: >"$S/aria.list"
	for ((i = 1; i <= n; i++)); do
		name=$(printf 'IMG_%04d.jpg' "$i")
		url=https://127.0.0.1:$PORT/$name
		{
			printf '\377\330\377\340%08d' "$i"
			head -c 1999988 /dev/zero |
				openssl enc -aes-128-ctr -K "$(printf '%032x' "$i")" -iv 00
		} >"$S/web/$name" 2>/dev/null
		printf '{"id":"%s","source":"bench","filename":"%s","mimeType":"image/jpeg","url":"%s"}\n' \
			"$name" "$name" "$url" >>"$S/records"
		printf 'url = "%s"\noutput = "%s"\n' "$url" "$name" >>"$S/curl.list"
		printf '%s\n out=%s\n' "$url" "$name" >>"$S/aria.list"
	done
	cat "$S"/web/* >/dev/null
}

# A new folder, and the room that the ones before took. They are emptied, not
# deleted: ext4 passes over inodes that were deleted within the last minutes,
# one by one, at the cost of whoever comes next.
fetch_fresh() {
	mkdir -p "$S/out"
	find "$S/out" -type f -size +0 -exec truncate -s 0 {} +
	out=$(mktemp -d "$S/out/XXXXXX")
	gp-index -C "$out" --init 2>/dev/null
	sync
}

fetch_gp() {
	GP_MEDIA_HOSTS=127.0.0.1 GP_CA_FILE=$S/web.pem \
		seconds sh -c "gp-fetch -C $out <$S/records && sync"
}

fetch_curl() {
	seconds sh -c "curl -sS -Z --parallel-max 8 --cacert $S/web.pem --output-dir $out -K $S/curl.list && sync"
}

fetch_aria2c() {
	seconds sh -c "aria2c -q -j 8 --file-allocation=none --ca-certificate=$S/web.pem -i $S/aria.list -d $out && sync"
}

fetch_rclone() {
	seconds sh -c "rclone copy --transfers 8 --ca-cert $S/web.pem --http-url https://127.0.0.1:$PORT/ :http: $out && sync"
}

# fetch_ratio NAME COLUMN TEXT TARGET: a row of gp-fetch beside NAME
fetch_ratio() {
	local name=$1 column=$2 a b r
	a=$(cut -d' ' -f"$column" "$S/gp.times" | median)
	b=$(cut -d' ' -f"$column" "$S/$name.times" | median)
	r=$(paste -d' ' "$S/gp.times" "$S/$name.times" |
		awk -v c="$column" '{ print $c / $(c + 3) }' | median)
	echo "$a $b $r" | row "$3" "$4"
}

bench_fetch() {
	local n i tool out tools=(gp curl aria2c rclone)
	n=$(scaled 1000)
	PORT=$((20000 + $$ % 10000))
	fetch_files "$n"
	fetch_serve
	for tool in "${tools[@]}"; do : >"$S/$tool.times"; done
	for ((i = 0; i < PAIRS; i++)); do
		# who comes first changes: a disk remembers what came before
		for tool in "${tools[@]:i % 4}" "${tools[@]:0:i % 4}"; do
			fetch_fresh
			"fetch_$tool" >>"$S/$tool.times"
		done
	done
	for tool in curl aria2c rclone; do
		fetch_ratio "$tool" 1 "gp-fetch, 1,000 files of 2 MB over TLS, and sync / $tool" "1.0"
	done
	fetch_ratio curl 2 "the same, CPU seconds / curl -Z" "1.0"
	kill "$SERVER_PID"
	wait "$SERVER_PID" 2>/dev/null || true
	SERVER_PID=
	rm -rf "$S/web" "$S/out"
}
