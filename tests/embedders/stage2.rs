// SPDX-License-Identifier: BSD-2-Clause
//! A Rust hypervisor over the generated bindings: a tree is boxed, because it must not move, and a hook is a trait method.
#![allow(dead_code)]
#[allow(non_upper_case_globals, non_camel_case_types, non_snake_case, dead_code, deref_nullptr)]
mod sys {
    include!("bindings.rs");
}
use std::os::raw::c_void;
use sys::*;

pub trait Flush {
    fn flush(&self, gpa: u64, size: u64, tables: bool);
}

pub struct Stage2<F: Flush> {
    tree: Box<tdp_tree>,
    pool: Box<tdp_cache>,
    hooks: Box<F>,
    ops: Box<tdp_mm_ops>,
    layout: Box<tdp_layout>,
}

unsafe extern "C" fn flush<F: Flush>(ctx: *mut c_void, _user: *mut c_void, f: *const tdp_flush) {
    let (hooks, f) = (&*(ctx as *const F), &*f);
    hooks.flush(f.gpa, f.size, f.tables != 0)
}

/// "The request holds now" is Ok.
fn check(result: tdp_result) -> Result<(), tdp_result> {
    if result < 0 {
        Err(result)
    } else {
        Ok(())
    }
}

impl<F: Flush> Stage2<F> {
    pub fn new(caps: &tdp_caps, hooks: F, va_offset: u64, root: tdp_table) -> Result<Self, tdp_result> {
        unsafe {
            let mut s = Self {
                tree: Box::new(core::mem::zeroed()),
                pool: Box::new(core::mem::zeroed()),
                hooks: Box::new(hooks),
                ops: Box::new(core::mem::zeroed()),
                layout: Box::new(core::mem::zeroed()),
            };
            s.ops.size = core::mem::size_of::<tdp_mm_ops>() as u32;
            s.ops.va_offset = va_offset;
            s.ops.flush = Some(flush::<F>);
            check(tdp_layout_make(&mut *s.layout, &tdp_s2_4k, caps, 40))?;

            let mut config: tdp_config = core::mem::zeroed();
            config.engine = &tdp_s2_4k_engine;
            config.layout = &*s.layout;
            config.ops = &*s.ops;
            config.ctx = &*s.hooks as *const F as *mut c_void;
            config.pool = &mut *s.pool;
            config.root = root;
            check(tdp_tree_init(&mut *s.tree, &config))?;
            Ok(s)
        }
    }

    pub fn map(&mut self, gpa: u64, size: u64, hpa: u64, prot: u8) -> Result<(), tdp_result> {
        let attrs = tdp_attrs { prot, memtype: 0, flags: 0, sw: 0 };
        check(unsafe { tdp_map(&mut *self.tree, gpa, size, hpa, attrs, core::ptr::null_mut()) })
    }
}

impl<F: Flush> Drop for Stage2<F> {
    fn drop(&mut self) {
        unsafe {
            let mut root: tdp_table = core::mem::zeroed();
            tdp_tree_unload(&mut *self.tree, core::ptr::null_mut());
            tdp_tree_fini(&mut *self.tree, &mut root)
        }
    }
}

fn main() {}
