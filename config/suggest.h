// SPDX-License-Identifier: BSD-2-Clause
// "did you mean": the word that a misspelt one was probably meant to be.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mediaplane::config {

// The nearest of the candidates, if it is near enough to be a misspelling: up to one edit in three
// letters, where an edit inserts, removes, changes or swaps letters.
std::optional<std::string_view> nearest(std::string_view word,
                                        std::span<const std::string_view> candidates);

// " (did you mean 'mtu'?)", or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

// "'a', 'b' or 'c'"
std::string alternatives(std::span<const std::string_view> words);

}  // namespace mediaplane::config
