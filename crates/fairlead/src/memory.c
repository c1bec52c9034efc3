/* Hands large blocks back to the system as soon as they are free. glibc otherwise raises the size from which it does so
   with every large block that is freed, and keeps what is smaller: a server that had imported a file held three times
   the memory it used. */
#include <malloc.h>

__attribute__((constructor)) static void fairlead_return_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, 128 * 1024);
}
