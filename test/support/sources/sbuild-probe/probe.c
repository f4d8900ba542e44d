#include <stdio.h>

int main(void) {
  puts("built by sbuild");
  return 0;
}
