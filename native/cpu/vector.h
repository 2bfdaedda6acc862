#pragma once

// One vector of floats, for the instruction set the including file has chosen with
// MOBILENET_KERNELS: the only file that knows instructions by name. Kernels written over it are
// compiled once per instruction set.
//
// Everything is in an unnamed namespace, and kernels use no std:: templates: a function with
// external linkage compiled for AVX-512 here could be the copy the linker keeps for the whole
// program, and would then crash machines without it.

#include <cstddef>
#include <cstdint>

#define MOBILENET_AVX512 1
#define MOBILENET_AVX2 2
#define MOBILENET_NEON 3
#define MOBILENET_PORTABLE 4

#if MOBILENET_KERNELS == MOBILENET_AVX512 || MOBILENET_KERNELS == MOBILENET_AVX2
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push  // false warnings inside the header: GCC bug 105593
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>
#pragma GCC diagnostic pop
#else
#include <immintrin.h>
#endif
#elif MOBILENET_KERNELS == MOBILENET_NEON
#include <arm_neon.h>
#endif

// Accumulators live in arrays. Unless the loops over them are unrolled, and the functions they are
// passed to are inlined, they live in memory.
#define MOBILENET_INLINE [[gnu::always_inline]] inline
#if defined(__clang__)
#define MOBILENET_UNROLL _Pragma("unroll")
#define MOBILENET_NO_UNROLL _Pragma("nounroll")
#else
#define MOBILENET_UNROLL _Pragma("GCC unroll 64")
#define MOBILENET_NO_UNROLL _Pragma("GCC unroll 1")
#endif

namespace mobilenet {
namespace {

#if MOBILENET_KERNELS == MOBILENET_AVX512

using Vector = __m512;
constexpr ptrdiff_t kLanes = 16;
constexpr bool kHalfWeights = true;  // Load reads float16 too

inline __mmask16 FirstLanes(ptrdiff_t count) {
  return static_cast<__mmask16>((uint32_t{1} << count) - 1);
}
inline Vector Load(const float* from) { return _mm512_loadu_ps(from); }
inline void Store(float* to, Vector v) { _mm512_storeu_ps(to, v); }
inline Vector LoadPartial(const float* from, ptrdiff_t count) {
  return _mm512_maskz_loadu_ps(FirstLanes(count), from);
}
inline void StorePartial(float* to, Vector v, ptrdiff_t count) {
  _mm512_mask_storeu_ps(to, FirstLanes(count), v);
}
inline Vector Load(const uint16_t* halves) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(halves)));
}
inline Vector LoadBytes(const uint8_t* from) {
  return _mm512_cvtepi32_ps(
      _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
}
inline Vector Broadcast(float x) { return _mm512_set1_ps(x); }
inline Vector MultiplyAdd(Vector a, Vector b, Vector sum) { return _mm512_fmadd_ps(a, b, sum); }
inline Vector Minimum(Vector bound, Vector v) { return _mm512_min_ps(bound, v); }
inline Vector Maximum(Vector bound, Vector v) { return _mm512_max_ps(bound, v); }
inline float ReduceAdd(Vector v) { return _mm512_reduce_add_ps(v); }
inline float ReduceMaximum(Vector v) { return _mm512_reduce_max_ps(v); }
inline Vector Round(Vector v) { return _mm512_roundscale_ps(v, _MM_FROUND_TO_NEAREST_INT); }
inline Vector SelectNegative(Vector sign, Vector negative, Vector other) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(sign, _mm512_setzero_ps(), _CMP_LT_OQ), other,
                              negative);
}
inline Vector PowerOfTwo(Vector exponent) {
  const __m512i biased = _mm512_add_epi32(_mm512_cvtps_epi32(exponent), _mm512_set1_epi32(127));
  return _mm512_castsi512_ps(_mm512_slli_epi32(biased, 23));
}

#elif MOBILENET_KERNELS == MOBILENET_AVX2

using Vector = __m256;
constexpr ptrdiff_t kLanes = 8;
constexpr bool kHalfWeights = true;

alignas(64) const int32_t kMasks[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};

inline __m256i FirstLanes(ptrdiff_t count) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kMasks + 8 - count));
}
inline Vector Load(const float* from) { return _mm256_loadu_ps(from); }
inline void Store(float* to, Vector v) { _mm256_storeu_ps(to, v); }
inline Vector LoadPartial(const float* from, ptrdiff_t count) {
  return _mm256_maskload_ps(from, FirstLanes(count));
}
inline void StorePartial(float* to, Vector v, ptrdiff_t count) {
  _mm256_maskstore_ps(to, FirstLanes(count), v);
}
inline Vector Load(const uint16_t* halves) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(halves)));
}
inline Vector LoadBytes(const uint8_t* from) {
  return _mm256_cvtepi32_ps(
      _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from))));
}
inline Vector Broadcast(float x) { return _mm256_set1_ps(x); }
inline Vector MultiplyAdd(Vector a, Vector b, Vector sum) { return _mm256_fmadd_ps(a, b, sum); }
inline Vector Minimum(Vector bound, Vector v) { return _mm256_min_ps(bound, v); }
inline Vector Maximum(Vector bound, Vector v) { return _mm256_max_ps(bound, v); }
inline float ReduceAdd(Vector v) {
  __m128 sum = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  sum = _mm_add_ps(sum, _mm_movehl_ps(sum, sum));
  return _mm_cvtss_f32(_mm_add_ss(sum, _mm_movehdup_ps(sum)));
}
inline float ReduceMaximum(Vector v) {
  __m128 most = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
  most = _mm_max_ps(most, _mm_movehl_ps(most, most));
  return _mm_cvtss_f32(_mm_max_ss(most, _mm_movehdup_ps(most)));
}
inline Vector Round(Vector v) {
  return _mm256_round_ps(v, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
}
inline Vector SelectNegative(Vector sign, Vector negative, Vector other) {
  return _mm256_blendv_ps(other, negative, _mm256_cmp_ps(sign, _mm256_setzero_ps(), _CMP_LT_OQ));
}
inline Vector PowerOfTwo(Vector exponent) {
  const __m256i biased = _mm256_add_epi32(_mm256_cvtps_epi32(exponent), _mm256_set1_epi32(127));
  return _mm256_castsi256_ps(_mm256_slli_epi32(biased, 23));
}

#else  // vectors of four

constexpr ptrdiff_t kLanes = 4;

#if MOBILENET_KERNELS == MOBILENET_NEON

using Vector = float32x4_t;
constexpr bool kHalfWeights = true;

inline Vector Load(const float* from) { return vld1q_f32(from); }
inline void Store(float* to, Vector v) { vst1q_f32(to, v); }
inline Vector Load(const uint16_t* halves) {
  return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(halves)));
}
inline Vector LoadBytes(const uint8_t* from) {
  const uint32_t lanes[4] = {from[0], from[1], from[2], from[3]};
  return vcvtq_f32_u32(vld1q_u32(lanes));
}
inline Vector Broadcast(float x) { return vdupq_n_f32(x); }
inline Vector MultiplyAdd(Vector a, Vector b, Vector sum) { return vfmaq_f32(sum, a, b); }
// sum + a * b[lane]
template <int lane>
inline Vector MultiplyAddLane(Vector a, Vector b, Vector sum) {
  return vfmaq_laneq_f32(sum, a, b, lane);
}
inline Vector Minimum(Vector bound, Vector v) { return vminq_f32(bound, v); }
inline Vector Maximum(Vector bound, Vector v) { return vmaxq_f32(bound, v); }
inline float ReduceAdd(Vector v) { return vaddvq_f32(v); }
inline float ReduceMaximum(Vector v) { return vmaxvq_f32(v); }
inline Vector Round(Vector v) { return vrndnq_f32(v); }
inline Vector SelectNegative(Vector sign, Vector negative, Vector other) {
  return vbslq_f32(vcltzq_f32(sign), negative, other);
}
inline Vector PowerOfTwo(Vector exponent) {
  const int32x4_t biased = vaddq_s32(vcvtq_s32_f32(exponent), vdupq_n_s32(127));
  return vreinterpretq_f32_s32(vshlq_n_s32(biased, 23));
}

#else

// GCC's and Clang's own vectors: they become whatever the machine's baseline has.
using Vector [[gnu::vector_size(16)]] = float;
using Integers [[gnu::vector_size(16)]] = int32_t;
constexpr bool kHalfWeights = false;

inline Vector Load(const float* from) {
  Vector v;
  __builtin_memcpy(&v, from, sizeof(v));
  return v;
}
inline void Store(float* to, Vector v) { __builtin_memcpy(to, &v, sizeof(v)); }
inline Vector LoadBytes(const uint8_t* from) {
  return Vector{static_cast<float>(from[0]), static_cast<float>(from[1]),
                static_cast<float>(from[2]), static_cast<float>(from[3])};
}
inline Vector Broadcast(float x) { return Vector{x, x, x, x}; }
inline Vector MultiplyAdd(Vector a, Vector b, Vector sum) { return a * b + sum; }
inline Vector Minimum(Vector bound, Vector v) { return bound < v ? bound : v; }
inline Vector Maximum(Vector bound, Vector v) { return bound > v ? bound : v; }
inline float ReduceAdd(Vector v) { return (v[0] + v[2]) + (v[1] + v[3]); }
inline float ReduceMaximum(Vector v) {
  const float a = v[0] > v[2] ? v[0] : v[2];
  const float b = v[1] > v[3] ? v[1] : v[3];
  return a > b ? a : b;
}
inline Vector Round(Vector v) {  // right for |v| < 2^22, which is all the kernels need
  const Vector magic = Broadcast(12582912.0f);
  return (v + magic) - magic;
}
inline Vector SelectNegative(Vector sign, Vector negative, Vector other) {
  return sign < Broadcast(0) ? negative : other;
}
inline Vector PowerOfTwo(Vector exponent) {
  const Integers biased = __builtin_convertvector(exponent, Integers) + 127;
  const Integers bits = biased << 23;
  Vector v;
  __builtin_memcpy(&v, &bits, sizeof(v));
  return v;
}

#endif

inline Vector LoadPartial(const float* from, ptrdiff_t count) {
  float lanes[4] = {};
  for (ptrdiff_t i = 0; i < count; i++) {
    lanes[i] = from[i];
  }
  return Load(lanes);
}
inline void StorePartial(float* to, Vector v, ptrdiff_t count) {
  float lanes[4];
  Store(lanes, v);
  for (ptrdiff_t i = 0; i < count; i++) {
    to[i] = lanes[i];
  }
}

#endif

// The product as it is rounded: the compiler would else make one multiply-add of it and a sum.
inline Vector Rounded(Vector product) {
#if defined(__x86_64__)
  __asm__("" : "+v"(product));
#elif defined(__aarch64__)
  __asm__("" : "+w"(product));
#endif
  return product;
}

// Minimum and Maximum give `v` where it is not a number, so a clamp lets NaN through.
inline Vector Clamp(Vector v, Vector lower, Vector upper) {
  return Minimum(upper, Maximum(lower, v));
}

// LoadPartial and StorePartial touch the first `count` floats only; 0 < count < kLanes. These two
// also take a whole vector.
template <bool partial>
inline Vector LoadLanes(const float* from, ptrdiff_t count) {
  if constexpr (partial) {
    return LoadPartial(from, count);
  } else {
    return Load(from);
  }
}
template <bool partial>
inline void StoreLanes(float* to, Vector v, ptrdiff_t count) {
  if constexpr (partial) {
    StorePartial(to, v, count);
  } else {
    Store(to, v);
  }
}

inline ptrdiff_t Lesser(ptrdiff_t a, ptrdiff_t b) { return a < b ? a : b; }
inline ptrdiff_t Greater(ptrdiff_t a, ptrdiff_t b) { return a > b ? a : b; }

}  // namespace
}  // namespace mobilenet
