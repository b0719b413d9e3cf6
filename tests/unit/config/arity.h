// How many members an aggregate has, asked of the compiler: what tells the table of fields that a struct has
// grown.
#pragma once

#include <cstddef>
#include <utility>

namespace breakwater::config {

struct AnyMember {
  template <class T>
  operator T() const;  // NOLINT: never called, only looked at
};

template <class T, class... Members>
consteval std::size_t arity() {
  if constexpr (requires { T{Members{}..., AnyMember{}}; }) {
    return arity<T, Members..., AnyMember>();
  } else {
    return sizeof...(Members);
  }
}

}  // namespace breakwater::config
