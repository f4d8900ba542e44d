// Templates, exceptions, virtual bases, lambdas, threads, containers: what a C++ compiler has to lay out and name.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace shapes {

template <typename T, unsigned N>
struct Point {
  T at[N] = {};
  template <typename... Rest>
  static constexpr Point of(Rest... rest) {
    return Point{{static_cast<T>(rest)...}};
  }
  friend constexpr T operator*(const Point &a, const Point &b) {
    T sum{};
    for (unsigned i = 0; i < N; i++) sum += a.at[i] * b.at[i];
    return sum;
  }
};

struct Named {
  explicit Named(std::string name) : name(std::move(name)) {}
  virtual ~Named() = default;
  virtual double area() const = 0;
  std::string name;
};
struct Counted : virtual Named {
  static inline thread_local int alive = 0;
  Counted() : Named("counted") { alive++; }
  ~Counted() override { alive--; }
};
struct Measured : virtual Named {
  Measured() : Named("measured") {}
  virtual double scale() const noexcept { return 1.5; }
};
struct Circle final : Counted, Measured {
  explicit Circle(double radius) : Named("circle"), radius(radius) {
    if (radius < 0) throw std::invalid_argument("radius " + std::to_string(radius));
  }
  double area() const override { return scale() * 3.141592653589793 * radius * radius; }
  double radius;
};

template <typename Container, typename Function>
auto fold(const Container &container, Function function) {
  decltype(function(*container.begin())) sum{};
  for (const auto &each : container) sum += function(each);
  return sum;
}

}  // namespace shapes

static constexpr auto unit = shapes::Point<double, 3>::of(1, 2.5f, 3u);
static_assert(unit * unit > 16);

int main() {
  std::map<std::string, std::vector<std::unique_ptr<shapes::Named>>> groups;
  int refused = 0;
  for (double radius : {1.0, -2.0, 3.25, 0.1}) {
    try {
      groups[radius < 1 ? "small" : "large"].push_back(std::make_unique<shapes::Circle>(radius));
    } catch (const std::exception &error) {
      refused += std::string(error.what()).size() > 6;
    }
  }
  std::atomic<int> total{0};
  std::vector<std::thread> threads;
  for (const auto &[name, group] : groups) {
    threads.emplace_back([&total, &group = group] {
      total += static_cast<int>(shapes::fold(group, [](const auto &shape) { return shape->area(); }) * 1000);
    });
  }
  std::for_each(threads.begin(), threads.end(), [](std::thread &thread) { thread.join(); });
  std::printf("%d %d %.3f %d\n", total.load(), refused, unit * unit, dynamic_cast<shapes::Measured *>(groups["large"][0].get()) != nullptr);
  return total > 0 ? 0 : 1;
}
