#include "gp-index/items/amount.h"

#include <stdio.h>

#include "lib/num.h"

char *
amount_words(char buf[static AMOUNT_SIZE], int64_t files, int64_t bytes)
{
	char digits[24], grouped[32], size[32];
	size_t i, n, at = 0;

	n = (size_t)snprintf(digits, sizeof(digits), "%lld", (long long)files);
	for (i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			grouped[at++] = ',';
		grouped[at++] = digits[i];
	}
	grouped[at] = '\0';
	snprintf(buf, AMOUNT_SIZE, "%s %s, %s", grouped,
	    files == 1 ? "file" : "files",
	    num_format_size(size, sizeof(size), bytes));
	return buf;
}
