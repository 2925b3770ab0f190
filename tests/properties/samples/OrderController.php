<?php

namespace App\Http\Controllers;

class OrderController extends Controller
{
    public function destroy(Request $«request», int $«id»)
    {
        $«order» = Order::where('tenant_id', $«request»->user()->tenant_id)->findOrFail($«id»);
        if ($«order»->owner_id !== $«request»->user()->id) { §
            abort(403); §
        } §
        foreach ($«order»->items as $«item») {
            $this->stock->putBack($«item»->sku, $«item»->count);
        }
        $«order»->delete();
        return redirect('/orders');
    }
}
