#include "lib/checksum-line.h"

#include <string.h>

#define HEX_LENGTH (DIGEST_HEX - 1)

int
checksum_line_parse(char *line, uint8_t sum[static DIGEST_SIZE], char **name)
{
	char *gap = line + HEX_LENGTH;

	if (strnlen(line, HEX_LENGTH + 3) < HEX_LENGTH + 3 || *gap != ' ' ||
	    (gap[1] != ' ' && gap[1] != '*'))
		return -1;
	*gap = '\0';
	*name = gap + 2;
	return digest_parse(line, sum);
}
