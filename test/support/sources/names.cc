// Little C++ without the standard library: overloads, operators, templates of templates, inline variables, anonymous types.
namespace {
struct Hidden {
  int value;
  operator long() const { return value; }
};
}  // namespace

template <template <typename, int> class Holder, typename T> struct Deep { Holder<T, 4> inner; };
template <typename T, int N> struct Box { T items[N]; T &operator[](int at) { return items[at % N]; } };

inline int counter = 0;
int twice(int x) { return x + x; }
double twice(double x) { return x + x; }
template <typename T> T twice(T *x) { return twice(*x); }

struct Error { long code; };

long choose(int which) {
  static Deep<Box, Hidden> deep;
  deep.inner[which].value += which;
  enum { none, some = 1 << 4 };
  auto pick = [which]<typename T>(T fallback) { return which > some ? throw Error{which} : fallback; };
  try {
    counter++;
    return pick(deep.inner[which + 1]) + twice(&which);
  } catch (const Error &error) {
    return error.code;
  }
}
