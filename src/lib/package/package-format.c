#include "lib/package/package-format.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/utf8.h"

int
package_fail(struct package *p, const char *fmt, ...)
{
	va_list ap;

	/* a part is not to be remembered as damaged for it */
	mem_check();
	va_start(ap, fmt);
	vsnprintf(p->reason, sizeof(p->reason), fmt, ap);
	va_end(ap);
	return -1;
}

const char *
package_mend_name(struct package *p, const char *name)
{
	size_t n = strlen(name), len;
	bool good = true;

	if (n > PACKAGE_NAME_MAX) /* it will be refused */
		return name;
	buf_clear(&p->name);
	for (; n > 0; name += len, n -= len) {
		len = utf8_length(name, n);
		good = good && len > 0;
		if (len > 0)
			buf_add(&p->name, name, len);
		else
			buf_adds(&p->name, "\357\277\275");
		len = len > 0 ? len : 1;
	}
	return good ? name - p->name.len : p->name.data;
}
