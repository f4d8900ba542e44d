#include <stdio.h>

int main(void) {
  puts("built for a test");
  return 0;
}
