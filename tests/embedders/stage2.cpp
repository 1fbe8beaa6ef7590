// SPDX-License-Identifier: BSD-2-Clause
// A C++17 hypervisor that owns a tree as an object: neither copied nor moved, every struct starts as zeroes.
#include <new>
#include <stdexcept>

#include <tdpmmu/tdpmmu.h>

class Stage2
{
	tdp_tree tree{};
	tdp_cache pool{};
	tdp_layout layout{};

	static void flush(void *, void *, const tdp_flush *) noexcept
	{
	}

	static const tdp_mm_ops &ops()
	{
		static const tdp_mm_ops the_ops = [] {
			tdp_mm_ops o{};
			o.size = sizeof(o);
			o.flush = flush;
			return o;
		}();
		return the_ops;
	}

      public:
	Stage2(const tdp_caps &caps, tdp_table root)
	{
		tdp_config config{};

		if (tdp_layout_make(&layout, &tdp_npt, &caps, 48) < 0)
			throw std::invalid_argument("no such geometry");
		config.engine = &tdp_npt_engine;
		config.layout = &layout;
		config.ops = &ops();
		config.root = root;
		config.pool = &pool;
		if (tdp_tree_init(&tree, &config) < 0)
			throw std::bad_alloc();
	}

	Stage2(const Stage2 &) = delete;
	Stage2 &operator=(const Stage2 &) = delete;

	~Stage2()
	{
		tdp_table root;

		tdp_tree_unload(&tree, nullptr);
		tdp_tree_fini(&tree, &root);
	}

	tdp_result map(tdp_gpa_t gpa, uint64_t size, tdp_hpa_t hpa, uint8_t prot)
	{
		tdp_attrs attrs{};
		tdp_op op{};

		attrs.prot = prot;
		op.cache = &pool;
		return tdp_map(&tree, gpa, size, hpa, attrs, &op);
	}

	/* struct is needed here: the function of the same name hides the type. */
	tdp_result fault(const struct tdp_fault &f)
	{
		tdp_op op{};

		op.cache = &pool;
		return tdp_fault(&tree, &f, &op);
	}
};

// Instantiates every member.
tdp_result use(const tdp_caps &caps, tdp_table root);
tdp_result use(const tdp_caps &caps, tdp_table root)
{
	Stage2 guest(caps, root);
	struct tdp_fault f {
	};

	f.backing.size = 4096;
	return guest.map(0, 4096, 0, TDP_RWX) < 0 ? TDP_INVALID : guest.fault(f);
}
