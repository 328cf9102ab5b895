#!/usr/bin/env bats
# gp-pack: the album page of a disc, as a browser without a network sees it.
# builds: plain long:san
bats_require_minimum_version 1.5.0
load helper
load pack.bash

setup() {
	pack_setup
}

# browse ADDRESS OPTION...: headless, with no way out to any network
browse() {
	local page=$1
	shift
	"${REAL_CLOCK[@]}" timeout "$PATIENCE" chromium --headless=new --no-sandbox --disable-dev-shm-usage --disable-gpu --hide-scrollbars \
		--proxy-server=127.0.0.1:9 --user-data-dir="$BATS_TEST_TMPDIR/profile" \
		--autoplay-policy=no-user-gesture-required --virtual-time-budget=8000 \
		"$@" "file://$page" 2>/dev/null
}

# addresses FOLDER: what index.html points to; fails where that is not there
addresses() {
	python3 - "$1" <<-'END'
		import html.parser, os, sys, urllib.parse
		folder, seen, ids, wanted = sys.argv[1], [], set(), set()
		class Page(html.parser.HTMLParser):
		    def handle_starttag(self, tag, attrs):
		        seen.append(tag)
		        for name, value in attrs:
		            if name == "id":
		                assert value not in ids, f"twice: {value}"
		                ids.add(value)
		            if name.startswith("on"):
		                sys.exit(f"a script in an attribute: {value}")
		            if name in ("href", "src"):
		                if value.startswith("#"):
		                    wanted.add(value[1:])
		                    continue
		                path = urllib.parse.unquote(value, errors="strict")
		                if urllib.parse.urlsplit(value).scheme or path.startswith("/"):
		                    sys.exit(f"leads off the disc: {value}")
		                if not os.path.isfile(os.path.join(folder, path)):
		                    sys.exit(f"not on the disc: {value}")
		                print(tag, path)
		Page().feed(open(os.path.join(folder, "index.html"), encoding="utf-8").read())
		assert wanted <= ids, wanted - ids
		assert seen.count("script") == 1, seen.count("script")
	END
}

@test "gp-pack: every address of the page is on the disc, and every photo on the page" {
	album >in
	run -0 gp-pack --capacity 20M --flush --parity 0 <in
	addresses "$burn/GP-0001" >list
	same "$(cut -c67- "$burn/GP-0001/manifest-sha256.txt" | sort)" \
		"$(grep -E '^(a|video) data/' list | cut -d' ' -f2- | sort -u)"
	same 1 "$(grep -c '^video data/' list)"
	# the large photo and the one that browsers don't show have small pictures
	same 2 "$(grep -c '^img thumbs/' list)"
	page=$(cat "$burn/GP-0001/index.html")
	has "$page" "May 2024"
	has "$page" "Ezra &amp; &lt;Co&gt; ("
}

@test "gp-pack: a browser without a network shows all photos and plays the video" {
	album >in
	run -0 gp-pack --capacity 20M --flush --parity 0 <in
	cp -r "$burn/GP-0001" copy
	# at once what a person does by scrolling and by a click
	sed -i 's/loading="lazy"/loading="eager"/; s/preload="none"/preload="auto"/' copy/index.html
	cat >>copy/index.html <<-'END'
		<script>
		onload = () => {
			const images = [...document.images], v = document.querySelector('video');
			document.body.append(`shown: ${images.filter(i => i.naturalWidth > 0).length}/${images.length} ` +
				`video: ${v.videoWidth} ${v.duration.toFixed()} ${v.readyState > 1 ? 'decoded' : v.error}`);
		};
		</script>
	END
	# a browser may be asked for the page before it has decoded all
	shown() { [[ $(browse "$PWD/copy/index.html" --dump-dom) == *"shown: 5/5 video: 320 2 decoded"* ]]; }
	wait_for shown
}

@test "gp-pack: an album's button shows it alone, and all come back" {
	files 3 1000 >in
	jq -c 'select(.id == "1") | .album = {id: "b", title: "Other"}' in | cat in - >both
	run -0 gp-pack --capacity 20M --flush --parity 0 <both
	cp -r "$burn/GP-0001" copy
	cat >>copy/index.html <<-'END'
		<script>
		const count = () => document.querySelectorAll('figure:not([hidden])').length;
		const before = count();
		[...document.querySelectorAll('details')].find(d => d.innerText.includes('Other')).querySelector('button').click();
		const one = count();
		document.getElementById('every').click();
		document.body.append(`counted: ${before} ${one} ${count()}`);
		</script>
	END
	has "$(browse "$PWD/copy/index.html" --dump-dom)" "counted: 3 1 3"
}

@test "gp-pack: the page is readable with JavaScript off" {
	long_only
	album >in
	run -0 gp-pack --capacity 20M --flush --parity 0 <in
	cp -r "$burn/GP-0001" off
	# as a browser that runs no script: its own headless mode needs one
	sed -i "s/script-src 'unsafe-inline'/script-src 'none'/" off/index.html
	has_not "$(browse "$PWD/off/index.html" --dump-dom)" "<button>Show only these"
	# nothing but what a click opens depends on it; a picture of the page may be
	# taken before each photo is decoded
	alike() {
		browse "$PWD/off/index.html" --window-size=1000,800 --screenshot="$PWD/off.png" >/dev/null
		browse "$burn/GP-0001/index.html" --window-size=1000,800 --screenshot="$PWD/on.png" >/dev/null
		[ -s off.png ] && cmp -s off.png on.png
	}
	wait_for alike
}

@test "gp-pack: names, captions and albums are text, whatever they say" {
	evil='"><script>document.title="EVIL"</script><img src=x onerror=alert(1)>'\''&amp; %41 #?'
	files 2 1000 | jq -c --arg e "$evil" '.filename = $e + ".jpg" | .album = {id: $e, title: $e} |
		.metadata = {description: $e}' >one
	mkdir -p "$GP_ARCHIVE/x"
	name="a'b &#38; %41 <b> \"q\" ?x=1#y.jpg"
	printf 'odd' >"$GP_ARCHIVE/x/$name"
	jq -nc --arg n "x/$name" --arg s "$(printf odd | sha256sum | cut -c1-64)" '{id: "odd", path: $n, size: 3, sha256: $s}' |
		cat one - >in
	run -0 gp-pack --capacity 20M --flush --parity 0 <in
	addresses "$burn/GP-0001" >list
	dom=$(browse "$burn/GP-0001/index.html" --dump-dom)
	has "$dom" "<title>GP-0001</title>"
	has_not "$dom" '<img src="x"'
	has "$dom" '&lt;script&gt;document.title='
}

@test "gp-pack: 3,000 photos on a page" {
	long_only
	files 3000 100 jpg >in
	run -0 gp-pack --capacity 60M --flush --parity 0 <in
	addresses "$burn/GP-0001" >list
	same 3000 "$(grep -c '^img data/' list)"
	[ "$(stat -c %s "$burn/GP-0001/index.html")" -lt 2500000 ]
	dom=$(browse "$burn/GP-0001/index.html" --dump-dom)
	same 3000 "$(grep -o '<figure ' <<<"$dom" | wc -l)"
}

@test "gp-pack: without vipsthumbnail the page shows the photos themselves" {
	album >in
	mkdir tools
	for tool in par2 xorriso; do
		ln -s "$(type -P "$tool")" "tools/$tool"
	done
	run -0 --separate-stderr env PATH="$PWD/tools" "$GP_BIN/gp-pack" --capacity 20M --flush --parity 0 <in
	has "$stderr" "vipsthumbnail is not installed"
	[ ! -e "$burn/GP-0001/thumbs" ]
	addresses "$burn/GP-0001" >list
	run ! grep '^img thumbs/' list
	proved GP-0001
}
