// SPDX-License-Identifier: BSD-2-Clause
// A value or the reason why there is none. Errors that are expected (a bad command, a bad option,
// a full ring) travel this way and become text once, at the edge of the program.
#pragma once

#include <utility>

#include <tl/expected.hpp>

namespace mediaplane {

template <typename T, typename E>
using Result = tl::expected<T, E>;

template <typename E>
auto failure(E&& error) {
  return tl::make_unexpected(std::forward<E>(error));
}

}  // namespace mediaplane
